using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.AI;
using Polly;
using Polly.Retry;
using Retort.Runs;

namespace Retort.Asking;

/// <summary>Asks a chat teacher many questions: several at once, again where it fails, within a budget, and never one twice
/// that the journal knows the answer to.</summary>
/// <remarks>An answer is journalled before anything is made of it, so that whatever ends the process loses none that has
/// arrived. What is made of the answers depends on the questions alone, not on the order in which answers come.</remarks>
public sealed class Correspondence
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);
    private readonly IChatClient _teacher;
    private readonly string _identity;
    private readonly ReplyJournal _journal;
    private readonly AskingOptions _options;
    private readonly ResiliencePipeline _pipeline;
    private readonly Lock _lock = new();
    private readonly HashSet<string> _used = [];
    private readonly Dictionary<string, Task<Reply>> _asked = [];
    private long _open, _retries, _input, _output, _refused;
    private double _cost, _paid;

    /// <summary>Prepares a correspondence; nothing is asked yet.</summary>
    /// <param name="teacher">Who is asked.</param>
    /// <param name="identity">What its answers depend on, beside the question.</param>
    /// <param name="journal">Where answers are kept and looked for; the caller's.</param>
    /// <param name="options">How it is asked.</param>
    public Correspondence(IChatClient teacher, string identity, ReplyJournal journal, AskingOptions options)
    {
        ArgumentNullException.ThrowIfNull(teacher);
        ArgumentNullException.ThrowIfNull(journal);
        ArgumentNullException.ThrowIfNull(options);
        _teacher = teacher;
        _identity = identity;
        _journal = journal;
        _options = options;
        _paid = journal.All.Sum(options.CostOf);
        _pipeline = PipelineOf(options, () => Interlocked.Increment(ref _retries));
    }

    /// <summary>Answers that were used or refused so far, those from the journal included.</summary>
    public long Replies => _used.Count;

    /// <summary>What a stage reports: answers, those that could not be used, requests sent again, tokens, cost.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> Figures =>
    [
        new("replies", Replies), new("refused", _refused), new("input_tokens", _input), new("output_tokens", _output),
        new("cost", _cost),
    ];

    /// <summary>How many requests were sent again in this process.</summary>
    public long Retries => Interlocked.Read(ref _retries);

    /// <summary>Asks questions.</summary>
    /// <param name="questions">What is asked, in order.</param>
    /// <param name="use">Makes something of an answer to the k-th question; null where it cannot be used, and the question is
    /// asked again.</param>
    /// <param name="answered">Told how many questions are settled after each; called from several threads, one at a time.</param>
    /// <param name="cancellation">Stops asking; answers on their way are waited for and journalled.</param>
    /// <returns>What was made of each question's answer; null where no attempt gave one that could be used.</returns>
    /// <exception cref="RunException">The teacher refuses, fails for good, or the budget is spent; the journal has all that was
    /// paid for.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public async Task<IReadOnlyList<T?>> AskAsync<T>(
        IReadOnlyList<Question> questions, Func<int, Reply, T?> use, Action<int>? answered, CancellationToken cancellation)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(questions);
        ArgumentNullException.ThrowIfNull(use);
        var found = new T?[questions.Count];
        int settled = 0;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var limits = new ParallelOptions { MaxDegreeOfParallelism = _options.Concurrency };
        Exception? failure = null;
        await Parallel.ForAsync(0, questions.Count, limits, async (k, _) =>
        {
            // Not by the loop's own token: it would abandon answers that are on their way, and paid for.
            if (stop.IsCancellationRequested)
                return;
            try
            {
                found[k] = await SettleAsync(questions[k], reply => use(k, reply), stop.Token).ConfigureAwait(false);
                lock (_lock)
                    answered?.Invoke(++settled);
            }
#pragma warning disable CA1031 // the first failure is the news; the others are told to stop
            catch (Exception e)
#pragma warning restore CA1031
            {
                Interlocked.CompareExchange(ref failure, e, null);
                await stop.CancelAsync().ConfigureAwait(false);
            }
        }).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        if (failure is not null)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        return found;
    }

    private async Task<T?> SettleAsync<T>(Question question, Func<Reply, T?> use, CancellationToken stop)
        where T : class
    {
        for (int attempt = 0; attempt < _options.Attempts; attempt++)
        {
            string key = KeyOf(question, attempt);
            Reply reply = _journal.Find(key) ?? await AskOnceAsync(question, attempt, key, stop).ConfigureAwait(false);
            T? made = reply.IsCut ? null : use(reply);
            Count(reply, made is null);
            if (made is not null)
                return made;
            stop.ThrowIfCancellationRequested();
        }

        return null;
    }

    // Questions of the same words may be open at once; they wait for one answer.
    private Task<Reply> AskOnceAsync(Question question, int attempt, string key, CancellationToken stop)
    {
        lock (_lock)
        {
            if (_journal.Find(key) is { } known)
                return Task.FromResult(known);
            if (!_asked.TryGetValue(key, out Task<Reply>? asked))
                _asked[key] = asked = Task.Run(() => PayAsync(question, attempt, key, stop), CancellationToken.None);
            return asked;
        }
    }

    private async Task<Reply> PayAsync(Question question, int attempt, string key, CancellationToken stop)
    {
        Reserve();
        bool isOpen = true;
        try
        {
            List<ChatMessage> messages = [new(ChatRole.User, question.Prompt)];
            if (question.System is not null)
                messages.Insert(0, new ChatMessage(ChatRole.System, question.System));
            var options = new ChatOptions
            {
                MaxOutputTokens = _options.MaxTokens,
                Temperature = (float)_options.Temperature,
                Seed = question.Seed + attempt,
            };
            ChatResponse response = await SendAsync(messages, options, stop).ConfigureAwait(false);
            var reply = new Reply
            {
                Key = key,
                Text = response.Text,
                IsCut = response.FinishReason == ChatFinishReason.Length,
                InputTokens = response.Usage?.InputTokenCount ?? 0,
                OutputTokens = response.Usage?.OutputTokenCount ?? 0,
            };
            lock (_lock)
            {
                _journal.Add(reply);
                _paid += _options.CostOf(reply);
                (_open, isOpen) = (_open - 1, false);
            }

            return reply;
        }
        finally
        {
            lock (_lock)
                _open -= isOpen ? 1 : 0;
        }
    }

    private async Task<ChatResponse> SendAsync(List<ChatMessage> messages, ChatOptions options, CancellationToken stop)
    {
        try
        {
            // The token ends waits between attempts; a request on its way ends by its own timeout alone.
            return await _pipeline.ExecuteAsync(
                async token =>
                {
                    stop.ThrowIfCancellationRequested();
                    using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(_options.Timeout));
                    try
                    {
                        return await _teacher.GetResponseAsync(messages, options, limit.Token).ConfigureAwait(false);
                    }
                    catch (OperationCanceledException e) when (limit.IsCancellationRequested)
                    {
                        throw new ChatFailureException(
                            string.Create(CultureInfo.InvariantCulture, $"there was no answer within {_options.Timeout} s"),
                            isPassing: true, inner: e);
                    }
                },
                stop).ConfigureAwait(false);
        }
        catch (ChatFailureException e)
        {
            string tried = e.IsPassing
                ? string.Create(CultureInfo.InvariantCulture, $" (asked {_options.Retries + 1} times)")
                : string.Empty;
            throw new RunException(
                $"the teacher cannot be asked{tried}: {e.Message}. Answers so far are kept; the same command goes on after them.",
                isInputWrong: !e.IsPassing, e);
        }
    }

    // What is open may cost as much as anything before: it is not counted, so a limit is overstepped by what is open at most.
    private void Reserve()
    {
        lock (_lock)
        {
            if (_options.MaxReplies is { } most && _journal.Count + _open >= most)
                throw Spent(string.Create(CultureInfo.InvariantCulture, $"max_replies: {most}"));
            if (_options.MaxCost is { } limit && _paid >= limit)
                throw Spent(string.Create(CultureInfo.InvariantCulture, $"max_cost: {limit}"));
            _open++;
        }
    }

    private RunException Spent(string limit) => new(
        string.Create(
            CultureInfo.InvariantCulture,
            $"the budget (`{limit}`) is spent after {_journal.Count} answers that cost {_paid:0.####}. ")
            + "They are kept: raise the limit and run again.",
        isInputWrong: true);

    private void Count(Reply reply, bool isRefused)
    {
        lock (_lock)
        {
            if (!_used.Add(reply.Key))
                return;
            _input += reply.InputTokens;
            _output += reply.OutputTokens;
            _cost += _options.CostOf(reply);
            _refused += isRefused ? 1 : 0;
        }
    }

    private string KeyOf(Question question, int attempt)
    {
        string text = string.Join('\u001F', _identity, question.System, question.Prompt,
            string.Create(
                CultureInfo.InvariantCulture, $"{question.Seed} {attempt} {_options.Temperature} {_options.MaxTokens}"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    private static ResiliencePipeline PipelineOf(AskingOptions options, Action retried)
    {
        if (options.Retries == 0)
            return ResiliencePipeline.Empty;
        return new ResiliencePipelineBuilder()
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<ChatFailureException>(e => e.IsPassing),
                MaxRetryAttempts = options.Retries,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromSeconds(options.Backoff),
                MaxDelay = LongestWait,
                DelayGenerator = wait => ValueTask.FromResult(
                    wait.Outcome.Exception is ChatFailureException { RetryAfter: { } asked } && asked > TimeSpan.Zero
                        ? asked < LongestWait ? asked : LongestWait
                        : (TimeSpan?)null),
                OnRetry = _ =>
                {
                    retried();
                    return ValueTask.CompletedTask;
                },
            })
            .Build();
    }
}
