using Retort.Coaching;
using Retort.Data;
using Retort.Data.Sets;
using Retort.Evaluation;
using Retort.Serving;
using Retort.Serving.Scripts;

namespace Retort.Tests.Coaching;

public sealed class CoachingTests
{
    private static readonly string[] Classes = ["sport", "sport news", "art"];

    // By hand: 10 · (1, 2, 5)/8 is 1.25, 2.5 and 6.25; the one left goes to the largest remainder.
    [Fact]
    public void Quotas_are_in_proportion_and_sum_to_what_was_asked()
    {
        Assert.Equal([1, 3, 6], ClassQuotas.Divide([1, 2, 5], 10));
        Assert.Equal([4, 3, 3], ClassQuotas.Divide([0, 0, 0], 10));
        Assert.Equal([0, 7], ClassQuotas.Divide([0, 0.001], 7));
        Assert.Throws<ArgumentException>(() => ClassQuotas.Divide([1, -1], 3));
        Assert.Throws<ArgumentException>(() => ClassQuotas.Divide([], 3));
    }

    [Fact]
    public void Questions_have_so_many_texts_at_most_and_lose_none()
    {
        IReadOnlyList<int[]> parts = ClassQuotas.Split([3, 0, 4], 5);
        Assert.Equal([[3, 0, 2], [0, 0, 2]], parts);
        Assert.Empty(ClassQuotas.Split([0, 0], 5));
    }

    [Fact]
    public void The_question_says_how_the_student_does_and_what_is_wanted()
    {
        var confusion = new ConfusionMatrix(3);
        confusion.Add(0, 0, 3);
        confusion.Add(1, 0, 1);
        confusion.Add(2, 2, 4);
        string asked = CoachPrompt.Write("Headlines.", Classes, [2, 4, 0], confusion.Reports(), [("a \"goal\"\nfell", 0, 1)]);
        Assert.Equal(
            """
            Headlines.
            The classes: sport, sport news, art.

            A small classifier learns to tell them apart. How it does on texts held out, the worst class first:
            - sport news: precision 0.00, recall 0.00, F1 0.00
            - sport: precision 0.75, recall 1.00, F1 0.86
            - art: precision 1.00, recall 1.00, F1 1.00

            Mistakes that it is surest of:
            - "a "goal" fell" is sport news, and it says sport

            Write new texts of these classes, as different from each other as real ones are:
            - sport: 2
            - sport news: 4
            Answer with a line a text, CLASS: TEXT, and nothing else.
            """.ReplaceLineEndings("\n"), asked);
    }

    [Fact]
    public void An_answer_is_read_line_by_line_and_lines_of_another_form_are_left_out()
    {
        const string answer =
            "Here you are:\nsport: a goal\n- Sport News: \"who won\"\nart:\nmusic: a song\r\nart: a: b\n\n* art:x";
        Assert.Equal([(0, "a goal"), (1, "who won"), (2, "a: b"), (2, "x")], CoachPrompt.Read(answer, Classes));
        Assert.Empty(CoachPrompt.Read("I cannot help with that.", Classes));
    }

    // By hand, of two words each: "b c", "c d" of "b c d"; one of both stands in the held-out text.
    [Fact]
    public void Nothing_that_was_there_or_nearly_repeats_a_held_out_text_is_taken()
    {
        var filter = new TextFilter(words: 2, most: 0.5);
        filter.Hold("A b, c!");
        filter.Hold("x y");
        filter.Know("old text here");
        Assert.Equal(0.5, filter.Overlap("b c d"));
        Assert.Equal(1, filter.Overlap("b c"));
        Assert.Equal(0, filter.Overlap("c b"));
        Assert.True(filter.Take("b c d"));
        Assert.False(filter.Take("B  C d."));
        Assert.False(filter.Take("b c"));
        Assert.False(filter.Take("a b c"));
        Assert.False(filter.Take("Old text, here"));
        Assert.False(filter.Take(" !"));
        Assert.True(filter.Take("something else"));
    }

    [Fact]
    public void The_script_writes_what_the_list_asks_for_about_the_right_topics_but_for_its_errors()
    {
        var script = new TopicTextScript { Topics = 6, Pairs = 1, Seed = 4 };
        var texts = new TopicTexts(6, 1, seed: 4);
        string asked = CoachPrompt.Write("Notes.", texts.Names, [0, 0, 300, 2, 0, 0], new ConfusionMatrix(6).Reports(), []);
        IReadOnlyList<(int Label, string Text)> right = Ask(script, asked), wrong = Ask(script with { ErrorRate = 0.2 }, asked);
        Assert.Equal((300, 2), (right.Count(t => t.Label == 2), right.Count(t => t.Label == 3)));
        Assert.Equal(302, right.Distinct().Count());
        RandomStream stream = RandomStream.Derive(1);
        HashSet<string> words = [.. Enumerable.Range(0, 2000).SelectMany(_ => texts.Write(2, stream).Split(' '))];
        bool IsAbout((int Label, string Text) text) => text.Text.Split(' ').All(words.Contains);
        Assert.All(right.Where(t => t.Label == 2), t => Assert.True(IsAbout(t)));
        // Of 300 a fifth; hardly one has common words alone.
        Assert.InRange(wrong.Count(t => t.Label == 2 && !IsAbout(t)), 30, 90);
        Assert.Empty(Ask(script, "What is the weather?"));
    }

    private static IReadOnlyList<(int Label, string Text)> Ask(TopicTextScript script, string asked)
    {
        var request = new TextRequest { Messages = [new TextMessage("user", asked)] };
        return CoachPrompt.Read(script.Answer(request, RandomStream.Derive(5)), new TopicTexts(6, 1, seed: 4).Names);
    }
}
