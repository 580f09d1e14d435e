using System.Diagnostics;
using System.Text;
using Retort.Recipes;

namespace Retort.Tests.Recipes;

// Whatever happens to a recipe, the only way out is a bound recipe or a RecipeException, and soon.
public sealed class MutationTests
{
    private const string Alphabet = "{}[]:,#&*!|>'\"%@`?-~$\\/.<=+ \t\n\r0123456789abcXYZ\u0085\u2028\uFEFFé漢\uD83D";

    private static readonly string[] Words =
    [
        "null", "true", "-1", "1e999", ".nan", "0x7fffffffffffffff", "99999999999999999999", "[]", "{}", "[[[[]]]]", "{a: {b: c}}", "''", "*x", "&x", "<<",
        "!!binary", "${HOME}", "${", "include", "defaults", "include: /dev/null", "include: ../..", "- -", "? a", "--- ", "...", "0..99999999999", "cosine",
        "{ warmup: { for: 1 epoch, then: { warmup: { for: 50%, then: cosine } } } }", "{ piecewise: { at: [], values: [] } }", "{ step: {} }", "auto", "sp",
        "{ step: { every: 0 steps } }", "{ exponential: { from: 0 } }", "10 epochs", "\0", "%YAML 9.9", "%TAG ! x",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_mutated_recipe_is_bound_or_refused_but_never_breaks(int seed)
    {
        var random = new Random(seed);
        for (int i = 0; i < 300; i++)
        {
            string text = Fakes.Text;
            for (int change = random.Next(1, 5); change > 0; change--)
                text = Mutated(text, random);
            string argument = random.Next(3) == 0 ? Mutated("stages.student-distilled.criteria.sp.weight=3", random) : "data.batch_size=4";
            Check(() =>
            {
                Binding<Fakes.FakeRecipe> binding = Fakes.Bind(text, argument);
                _ = binding.ResolvedText;
                if (binding.Value is { } recipe)
                    _ = CanonicalJson.Write(recipe, Fakes.Registry);
                binding.ThrowIfWrong();
            }, $"seed {seed}, number {i}:\n{argument}\n{text}");
        }
    }

    [Fact]
    public void Random_bytes_are_refused()
    {
        var random = new Random(5);
        string path = Path.GetTempFileName();
        try
        {
            for (int i = 0; i < 200; i++)
            {
                byte[] bytes = i % 2 == 0 ? new byte[random.Next(400)] : Encoding.UTF8.GetBytes(Fakes.Text);
                for (int at = 0; at < bytes.Length; at += i % 2 == 0 ? 1 : random.Next(20, 400))
                    bytes[at] = (byte)random.Next(256);
                File.WriteAllBytes(path, bytes);
                Check(() => Fakes.Bind(RecipeDocument.Load(path)).ThrowIfWrong(), $"number {i}: {Convert.ToBase64String(bytes)}");
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    public static TheoryData<string> Floods => new()
    {
        $"recipe: 1\nname: a\nstages:\n  - train: {{ role: a, criteria: [{string.Join(", ", Enumerable.Repeat("cross-entropie", 60_000))}] }}\n",
        $"recipe: 1\nname: a\nstages:\n  - train: {{ {string.Join(", ", Enumerable.Range(0, 45_000).Select(i => $"epochs{i}: 1"))} }}\n",
        $"recipe: 1\nname: a\ndefaults: {{ train: {{ {Keys(20_000)} }} }}\nstages:\n  - train: {{ {Keys(20_000)} }}\n",
        $"recipe: 1\nname: a\nseeds: [{string.Join(", ", Enumerable.Range(0, 90_000))}]\nstages: []\n",
        $"recipe: 1\nname: {new string('x', 900_000)}\nstages: {new string('y', 90_000)}\n",
    };

    [Theory, MemberData(nameof(Floods))]
    public void A_flood_of_errors_ends_soon(string text) => Check(() =>
        Assert.NotEmpty(Assert.Throws<RecipeException>(Fakes.Bind(text).ThrowIfWrong).Message), text[..80]);

    private static string Keys(int count) => string.Join(", ", Enumerable.Range(0, count).Select(i => $"k{i}: 1"));

    internal static void Check(Action bind, string what)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            bind();
        }
        catch (RecipeException error)
        {
            Assert.NotEmpty(error.Diagnostics);
            Assert.All(error.Message, c => Assert.False(char.IsControl(c) && c != '\n', what));
        }
        catch (Exception error) when (error is not Xunit.Sdk.XunitException)
        {
            Assert.Fail($"{error}\n{what}");
        }
        // Milliseconds on a quiet machine; what grows without limit takes hours.
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), $"{clock.Elapsed.TotalSeconds:F0} s: {what}");
    }

    internal static string Mutated(string text, Random random)
    {
        string[] lines = text.Split('\n');
        int line = random.Next(lines.Length);
        int at = random.Next(text.Length + 1);
        switch (random.Next(9))
        {
            case 0:
                return string.Join('\n', lines.Where((_, i) => i != line));
            case 1:
                return string.Join('\n', lines.Take(line).Append(lines[line]).Concat(lines.Skip(line)));
            case 2:
                return text[..at];
            case 3:
                return text.Insert(at, Alphabet[random.Next(Alphabet.Length)].ToString());
            case 4:
                return at < text.Length ? text.Remove(at, Math.Min(random.Next(1, 6), text.Length - at)) : text;
            case 5:
                (lines[line], lines[0]) = (lines[0], lines[line]);
                return string.Join('\n', lines);
            case 6:
                lines[line] = new string(' ', random.Next(6)) + lines[line].Trim();
                return string.Join('\n', lines);
            default:
                // A word, a key or a value, becomes another: renamed keys, swapped types, values out of range.
                (int start, int length)[] words = [.. System.Text.RegularExpressions.Regex.Matches(text, @"[\w.-]+").Select(m => (m.Index, m.Length))];
                if (words.Length == 0)
                    return text;
                (int start, int length) = words[random.Next(words.Length)];
                (int other, int otherLength) = words[random.Next(words.Length)];
                string replacement = random.Next(2) == 0 ? Words[random.Next(Words.Length)] : text.Substring(other, otherLength);
                return string.Concat(text.AsSpan(0, start), replacement, text.AsSpan(start + length));
        }
    }
}
