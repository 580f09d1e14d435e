using Retort.Runs;
using Retort.Tracking;

namespace Retort.Asking;

/// <summary>A stage's correspondence with a chat teacher: connection, journal and progress, for code that runs in
/// order.</summary>
internal sealed class Asker : IDisposable
{
    /// <summary>The file of the answers in a stage's folder, unless the recipe names another.</summary>
    public const string JournalFile = "replies.jsonl";

    private readonly StageContext _context;
    private readonly ChatConnection _connection;
    private readonly ReplyJournal _journal;
    private readonly Correspondence _correspondence;

    private Asker(StageContext context, ChatConnection connection, ReplyJournal journal, Correspondence correspondence)
    {
        _context = context;
        _connection = connection;
        _journal = journal;
        _correspondence = correspondence;
    }

    /// <summary>Opens the journal and the connection.</summary>
    /// <exception cref="RunException">Another process writes the journal, or the teacher cannot be reached.</exception>
    public static Asker Open(StageContext context, ChatTeacherOptions teacher, AskingOptions asking, FilePath? journal)
    {
        string path = journal?.FullPath ?? context.In(JournalFile);
        ReplyJournal replies;
        try
        {
            replies = ReplyJournal.Open(path);
        }
        catch (IOException e)
        {
            throw new RunException($"the journal '{path}' cannot be written: {e.Message}", isInputWrong: true, e);
        }

        try
        {
            ChatConnection connection = Task.Run(() => teacher.OpenAsync(context.Cancellation)).GetAwaiter().GetResult();
            return new Asker(
                context, connection, replies,
                new Correspondence(connection.Client, teacher.IdentityIn(context.Registry), replies, asking));
        }
        catch
        {
            replies.Dispose();
            throw;
        }
    }

    /// <summary>Asks, and waits until every question is settled; see <see cref="Correspondence.AskAsync"/>.</summary>
    /// <param name="questions">What is asked.</param>
    /// <param name="use">Makes something of an answer.</param>
    /// <param name="isProgress">Whether answers are what the stage's progress counts.</param>
    public IReadOnlyList<T?> Ask<T>(IReadOnlyList<Question> questions, Func<int, Reply, T?> use, bool isProgress = true)
        where T : class
    {
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        void Answered(int settled)
        {
            double rate = settled / Math.Max(1e-9, System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds);
            _context.Progress.Stepped(new TrainingProgress(
                _context.Stage, _context.Seed, settled, questions.Count, settled, questions.Count, double.NaN, rate,
                (questions.Count - settled) / rate));
        }

        Action<int>? answered = isProgress ? Answered : null;
        return Task.Run(() => _correspondence.AskAsync(questions, use, answered, _context.Cancellation)).GetAwaiter().GetResult();
    }

    /// <summary>What the correspondence cost altogether, in the order of <see cref="Correspondence.Figures"/>.</summary>
    /// <param name="before">What it had cost when it was interrupted; empty where it was not.</param>
    public double[] Total(IReadOnlyList<double> before) =>
        [.. _correspondence.Figures.Select((figure, k) => figure.Value + (k < before.Count ? before[k] : 0))];

    /// <summary>Notes what the correspondence cost, where figures of stages are kept.</summary>
    /// <param name="before">What it had cost when it was interrupted; null where all was asked, or found in the journal,
    /// now.</param>
    public void Note(IReadOnlyList<double>? before = null)
    {
        KeyValuePair<string, double>[] figures =
            [.. _correspondence.Figures.Zip(Total(before ?? []), (figure, total) => KeyValuePair.Create(figure.Key, total))];
        foreach ((string name, double value) in figures)
            _context.Figures[name] = value;
        _context.Progress.Measured(_context.Stage, _context.Seed, figures);
        _context.Tracker.Scalars(
            _context.At((long)figures[0].Value, 0, 0), [.. figures.Select(f => new Metric($"asking/{f.Key}", f.Value))]);
    }

    public void Dispose()
    {
        Task.Run(() => _connection.DisposeAsync().AsTask()).GetAwaiter().GetResult();
        _journal.Dispose();
    }
}
