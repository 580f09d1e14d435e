using System.Text.RegularExpressions;
using Retort.Recipes;
using Retort.Registry;
using Retort.Runs;
using Retort.Tests.Architecture;
using Retort.Tests.Data;

namespace Retort.Tests.Docs;

public sealed partial class DocumentTests
{
    // Also knows the example of adding-a-method.md.
    private static readonly ComponentRegistry Registry = MakeRegistry();

    public static TheoryData<string> Pages => [.. DocumentPage.All];

    public static TheoryData<string, int> Recipes
    {
        get
        {
            var blocks = new TheoryData<string, int>();
            foreach (string page in DocumentPage.All)
            {
                for (int k = 0; k < DocumentPage.Read(page).Blocks("yaml").Count; k++)
                    blocks.Add(page, k);
            }

            return blocks;
        }
    }

    [Theory, MemberData(nameof(Pages))]
    public void Its_links_lead_to_files(string page)
    {
        string folder = Path.GetDirectoryName(Path.Combine(Repository.Root, page))!;
        Assert.All(DocumentPage.Read(page).FileLinks(), target =>
        {
            string path = Path.Combine(folder, target);
            Assert.True(File.Exists(path) || Directory.Exists(path), $"{page} links to '{target}', which does not exist.");
        });
    }

    // A block that is no whole recipe stands for the same keys of the quickstart.
    [Theory, MemberData(nameof(Recipes))]
    public void Its_recipes_are_right(string page, int block)
    {
        string text = DocumentPage.Read(page).Blocks("yaml")[block];
        using var folder = new TemporaryFolder();
        foreach (Match weights in WeightsFile().Matches(text))
            folder.Write(weights.Groups[1].Value, string.Empty);
        string path = folder.Write("recipe.yaml", Complete(text));
        (RecipePlan plan, Binding<Recipe> binding) = Runner.Check(RecipeDocument.Load(path), Registry);
        using (plan)
            Assert.True(binding.Errors.Count == 0, $"{page}, block {block}: {string.Join('\n', binding.Errors.Select(e => e.Message))}");
    }

    [Theory, MemberData(nameof(Pages))]
    public void Its_code_is_compiled_by_these_tests(string page)
    {
        string[] compiled = [.. Repository.HandWritten("tests/Retort.Tests/Docs").Select(f => Plain(f.Lines))];
        Assert.All(
            DocumentPage.Read(page).Blocks("csharp"),
            block => Assert.True(
                compiled.Any(c => c.Contains(Plain(block.Split('\n')), StringComparison.Ordinal)),
                $"{page}: no file of tests/Retort.Tests/Docs holds this block as it stands:\n{block}"));
    }

    [Fact]
    public void Commands_that_pages_name_exist()
    {
        string[] known = [.. Directory.GetFiles(Path.Combine(Repository.Root, "src/Retort.Cli/Commands"), "*Command.cs")
            .SelectMany(File.ReadLines).Select(l => CommandName().Match(l)).Where(m => m.Success).Select(m => m.Groups[1].Value)];
        Assert.Contains("run", known);
        IEnumerable<string> unknown =
            from page in DocumentPage.All
            from match in CommandLine().Matches(DocumentPage.Read(page).Text)
            where !known.Contains(match.Groups[1].Value)
            select $"{page}: {match.Value}";
        Assert.Empty(unknown.Distinct());
    }

    private static ComponentRegistry MakeRegistry()
    {
        ComponentRegistry registry = RetortCatalog.Create();
        registry.AddType(typeof(LogitMargin));
        return registry;
    }

    private static string Complete(string text)
    {
        if (TopKey().Match(text).Groups[1].Value == "recipe")
            return text;
        HashSet<string> given = [.. TopKey().Matches(text).Select(m => m.Groups[1].Value)];
        Assert.NotEmpty(given);
        string quickstart = File.ReadAllText(Path.Combine(Repository.Root, "recipes", "quickstart.yaml")).ReplaceLineEndings("\n");
        int[] starts = [.. TopKey().Matches(quickstart).Select(m => m.Index), quickstart.Length];
        IEnumerable<string> kept = starts.Zip(starts.Skip(1), (from, to) => quickstart[from..to])
            .Where(section => !given.Contains(section.Split(':')[0]));
        return string.Concat(kept) + "\n" + text;
    }

    // Indentation is the surroundings', and namespaces and imports are a file's own.
    private static string Plain(IEnumerable<string> lines) => string.Join('\n', lines.Select(l => l.Trim())
        .Where(l => l.Length > 0 && !l.StartsWith("namespace ", StringComparison.Ordinal) && !Import().IsMatch(l)));

    [GeneratedRegex(@"^(\w+):", RegexOptions.Multiline)]
    private static partial Regex TopKey();

    [GeneratedRegex(@"weights: ([\w./-]+)")]
    private static partial Regex WeightsFile();

    [GeneratedRegex(@"^using [\w.]+;$")]
    private static partial Regex Import();

    [GeneratedRegex(@"new Command\(""([a-z]+)""")]
    private static partial Regex CommandName();

    [GeneratedRegex(@"\./retort ([a-z]+)")]
    private static partial Regex CommandLine();
}
