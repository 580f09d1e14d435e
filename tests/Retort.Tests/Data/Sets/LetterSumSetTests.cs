using Retort.Data;
using Retort.Data.Sets;
using Retort.Serving;
using Retort.Serving.Scripts;
using Retort.Torch;

namespace Retort.Tests.Data.Sets;

public sealed class LetterSumSetTests
{
    [Fact]
    public void No_sum_comes_twice_and_every_completion_is_the_sum()
    {
        var options = new LetterSumSet { Train = 300, Test = 100, Terms = 3, Letters = 9, Values = 10, Modulus = 7, Seed = 4, Prefix = "add " };
        var sums = new LetterSums(9, 10, 7, 4);
        var seen = new HashSet<string>();
        foreach (string split in new[] { "train", "test" })
        {
            Dataset data = options.Load("", split);
            for (int k = 0; k < data.Count; k++)
            {
                using var scope = new TensorScope();
                string text = PromptedText.Decode(data.Gather([k]).Input.ToArray<long>());
                Assert.StartsWith("add ", text, StringComparison.Ordinal);
                string[] sides = text[4..].Split('=');
                int[] terms = sums.Read(sides[0])!;
                Assert.Equal(3, terms.Length);
                Assert.Equal(
                    sums.ValuesOf(terms).Sum() % 7, int.Parse(sides[1], System.Globalization.CultureInfo.InvariantCulture));
                Assert.True(seen.Add(sides[0]));
            }
        }

        Assert.Equal(400, seen.Count);
    }

    [Fact]
    public void The_script_says_each_step_and_is_wrong_as_often_as_told()
    {
        var sums = new LetterSums(26, 10, 10, 2);
        var script = new LetterSumScript { Values = 10, Modulus = 10, Seed = 2, ErrorRate = 0.3 };
        int right = 0;
        for (ulong seed = 0; seed < 500; seed++)
        {
            string answer = script.Answer(
                new TextRequest { Messages = [new TextMessage("user", "please:\nq+a+z=")] }, RandomStream.Derive(seed));
            int[] terms = sums.Read("q+a+z=")!, values = sums.ValuesOf(terms);
            int[] totals = [values[0], (values[0] + values[1]) % 10, values.Sum() % 10];
            right += answer == $"Values {string.Join(' ', values)}, totals {string.Join(' ', totals)}. Answer: {totals[2]}" ? 1 : 0;
        }

        // 350 expected, with a deviation of 10; a wrong answer is right by chance once in 17,576.
        Assert.InRange(right, 310, 390);
        Assert.StartsWith("I only", script.Answer(new TextRequest { Messages = [new TextMessage("user", "q+?")] }, RandomStream.Derive(0)), StringComparison.Ordinal);
    }

    [Fact]
    public void More_sums_than_there_are_is_said() =>
        Assert.Contains(
            "4 letters make 16 sums of 2, fewer than 20",
            Assert.Throws<DataFormatException>(() => new LetterSumSet { Letters = 4, Terms = 2, Train = 15, Test = 5 }.Load("", "train")).Message,
            StringComparison.Ordinal);
}
