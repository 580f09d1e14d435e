using Retort.Asking;
using Retort.Runs;
using Retort.Tests.Data;
using static Retort.Tests.Asking.MisbehavingServer;

namespace Retort.Tests.Asking;

public sealed class CorrespondenceTests
{
    private static readonly AskingOptions Hasty = new() { Backoff = 0.01, Timeout = 0.5, Retries = 3, Concurrency = 1 };

    [Theory]
    [InlineData("hang")]
    [InlineData("429 Too Many Requests")]
    [InlineData("500 Internal Server Error")]
    [InlineData("503 Service Unavailable")]
    [InlineData("cut off")]
    [InlineData("no JSON")]
    [InlineData("no choices")]
    [InlineData("null")]
    [InlineData("closed")]
    public async Task What_fails_in_passing_is_asked_again_and_paid_once(string fault)
    {
        using var server = new MisbehavingServer((k, _) => k >= 2 ? Answer("yes") : fault switch
        {
            "hang" => "hang",
            "cut off" => CutOff(Answer("yes")),
            "no JSON" => Ok("<html>busy</html>"),
            "no choices" => Ok("{\"choices\":[]}"),
            "null" => Ok("null"),
            "closed" => string.Empty,
            _ => Status(fault, "{\"error\":{\"message\":\"not now\"}}"),
        });
        using var folder = new TemporaryFolder();
        (IReadOnlyList<string?> found, _) = await Ask(server, folder, Hasty, "q");
        Assert.Equal(["yes"], found);
        Assert.Equal(3, server.Requests);
        Assert.Single(server.Paid);
    }

    [Theory]
    [InlineData("400 Bad Request")]
    [InlineData("401 Unauthorized")]
    [InlineData("404 Not Found")]
    [InlineData("302 Found")]
    public async Task What_will_not_pass_ends_the_correspondence_at_once(string status)
    {
        using var server = new MisbehavingServer((_, _) => Status(status, "{\"error\":{\"message\":\"the reason\"}}"));
        using var folder = new TemporaryFolder();
        RunException error = await Assert.ThrowsAsync<RunException>(() => Ask(server, folder, Hasty, "a", "b", "c"));
        Assert.Contains($"the server answered {status[..3]}: the reason", error.Message, StringComparison.Ordinal);
        Assert.True(error.IsInputWrong);
        Assert.Equal(1, server.Requests);
    }

    [Fact]
    public async Task It_waits_as_long_as_the_teacher_asks()
    {
        using var server = new MisbehavingServer(
            (k, _) => k == 0 ? Status("429 Too Many Requests", "{}", "Retry-After: 1\r\n") : Answer("yes"));
        using var folder = new TemporaryFolder();
        await Ask(server, folder, Hasty, "q");
        DateTime[] times = [.. server.Times];
        Assert.InRange((times[1] - times[0]).TotalSeconds, 0.95, 30);
    }

    [Fact]
    public async Task After_so_many_retries_it_gives_up_and_keeps_what_it_has()
    {
        using var server = new MisbehavingServer((_, prompt) => prompt == "a" ? Answer("yes") : Status("500 Oops", "{}"));
        using var folder = new TemporaryFolder();
        RunException error = await Assert.ThrowsAsync<RunException>(() => Ask(server, folder, Hasty, "a", "b"));
        Assert.Contains("(asked 4 times)", error.Message, StringComparison.Ordinal);
        Assert.Equal(5, server.Requests);
        using ReplyJournal journal = ReplyJournal.Open(Path.Combine(folder.Path, "replies.jsonl"));
        Assert.Equal("yes", Assert.Single(journal.All).Text);
    }

    [Fact]
    public async Task An_answer_that_cannot_be_used_is_paid_kept_and_asked_for_anew()
    {
        using var server = new MisbehavingServer(
            (k, _) => k switch { 0 => Answer("no"), 1 => Answer("yes, bu", "length"), _ => Answer("yes") });
        using var folder = new TemporaryFolder();
        (IReadOnlyList<string?> found, IReadOnlyDictionary<string, double> figures) = await Ask(server, folder, Hasty, "q");
        Assert.Equal(["yes"], found);
        Assert.Equal((3, 2, 30, 15), (figures["replies"], figures["refused"], figures["input_tokens"], figures["output_tokens"]));

        // All three are in the journal: another process pays nothing.
        (found, figures) = await Ask(server, folder, Hasty, "q");
        Assert.Equal(["yes"], found);
        Assert.Equal(3, figures["replies"]);
        Assert.Equal(3, server.Requests);
    }

    [Fact]
    public async Task A_question_without_a_usable_answer_is_given_up_and_the_others_are_not()
    {
        using var server = new MisbehavingServer((_, prompt) => Answer(prompt == "b" ? "no" : "yes"));
        using var folder = new TemporaryFolder();
        (IReadOnlyList<string?> found, _) = await Ask(server, folder, Hasty with { Attempts = 2 }, "a", "b", "c");
        Assert.Equal(["yes", null, "yes"], found);
        Assert.Equal(4, server.Requests);
    }

    [Fact]
    public async Task Questions_of_the_same_words_are_one_question()
    {
        using var server = new MisbehavingServer((_, _) => Answer("yes"));
        using var folder = new TemporaryFolder();
        (IReadOnlyList<string?> found, _) = await Ask(
            server, folder, Hasty with { Concurrency = 8 }, [.. Enumerable.Repeat("q", 20)]);
        Assert.Equal(20, found.Count(f => f == "yes"));
        Assert.Equal(1, server.Requests);
    }

    [Theory]
    [InlineData(null, 0.4, "max_cost: 0.4")]
    [InlineData(3L, null, "max_replies: 3")]
    public async Task The_budget_ends_it_and_raised_it_goes_on_where_it_was(long? replies, double? cost, string limit)
    {
        using var server = new MisbehavingServer((_, _) => Answer("yes"));
        using var folder = new TemporaryFolder();
        // An answer costs 10 × 0.01 + 5 × 0.02 = 0.2; with 0.4 spent none more is begun.
        AskingOptions options = Hasty with { InputPrice = 10_000, OutputPrice = 20_000, MaxReplies = replies, MaxCost = cost };
        RunException error = await Assert.ThrowsAsync<RunException>(() => Ask(server, folder, options, "a", "b", "c", "d", "e"));
        Assert.Contains(limit, error.Message, StringComparison.Ordinal);
        int paid = replies is { } most ? (int)most : 2;
        Assert.Equal(paid, server.Requests);
        (IReadOnlyList<string?> found, IReadOnlyDictionary<string, double> figures) = await Ask(
            server, folder, options with { MaxReplies = 5, MaxCost = null }, "a", "b", "c", "d", "e");
        Assert.Equal(5, found.Count(f => f == "yes"));
        Assert.Equal(5, server.Requests);
        Assert.Equal(1.0, figures["cost"], 1e-9);
    }

    [Fact]
    public async Task No_more_questions_are_open_than_allowed()
    {
        int open = 0, most = 0;
        var gate = new Lock();
        using var server = new MisbehavingServer((_, _) =>
        {
            lock (gate)
                most = Math.Max(most, ++open);
            Thread.Sleep(30);
            lock (gate)
                open--;
            return Answer("yes");
        });
        using var folder = new TemporaryFolder();
        await Ask(
            server, folder, Hasty with { Concurrency = 3, Timeout = 30 }, [.. Enumerable.Range(0, 12).Select(k => $"q{k}")]);
        Assert.InRange(most, 2, 3);
    }

    [Fact]
    public async Task Stopped_it_waits_for_the_answer_on_its_way_and_keeps_it()
    {
        using var stop = new CancellationTokenSource();
        using var server = new MisbehavingServer((_, _) =>
        {
            stop.Cancel();
            Thread.Sleep(50);
            return Answer("yes");
        });
        using var folder = new TemporaryFolder();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Ask(server, folder, Hasty with { Timeout = 30 }, stop.Token, "a", "b"));
        Assert.Equal(1, server.Requests);
        using ReplyJournal journal = ReplyJournal.Open(Path.Combine(folder.Path, "replies.jsonl"));
        Assert.Single(journal.All);
    }

    private static Task<(IReadOnlyList<string?> Found, IReadOnlyDictionary<string, double> Figures)> Ask(
        MisbehavingServer server, TemporaryFolder folder, AskingOptions options, params string[] prompts) =>
        Ask(server, folder, options, CancellationToken.None, prompts);

    // Usable are answers that are "yes".
    private static async Task<(IReadOnlyList<string?> Found, IReadOnlyDictionary<string, double> Figures)> Ask(
        MisbehavingServer server, TemporaryFolder folder, AskingOptions options, CancellationToken stop, params string[] prompts)
    {
        using ReplyJournal journal = ReplyJournal.Open(Path.Combine(folder.Path, "replies.jsonl"));
        using var client = new OpenAiChatClient(new Uri(server.Url + "/"), "m", null);
        var correspondence = new Correspondence(client, "m", journal, options);
        IReadOnlyList<string?> found = await correspondence.AskAsync(
            [.. prompts.Select(p => new Question("system", p))], (_, reply) => reply.Text == "yes" ? reply.Text : null, null, stop);
        return (found, correspondence.Figures.ToDictionary(f => f.Key, f => f.Value));
    }
}
