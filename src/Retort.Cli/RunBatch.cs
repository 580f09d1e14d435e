using Retort.Reports;

namespace Retort.Cli;

/// <summary>Runs several recipes, each in a process of its own, and shows one table at the end.</summary>
/// <param name="items">What to run, in order.</param>
/// <param name="jobs">How many at once, as long as their threads fit the machine's processors.</param>
/// <param name="processors">The machine's processors.</param>
internal sealed class RunBatch(IReadOnlyList<BatchItem> items, int jobs, int processors)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);
    private static readonly string[] Shown = ["accuracy", "nll", "ece"];

    private readonly Dictionary<BatchItem, (int Code, double Seconds)> _ended = [];

    /// <summary>Runs them all; one that fails does not keep the others from running.</summary>
    /// <returns>The worst exit code.</returns>
    /// <exception cref="OperationCanceledException">It was stopped; every process that ran has saved its state.</exception>
    public int Run(CancellationToken cancellation)
    {
        var waiting = new Queue<BatchItem>(items);
        var running = new List<ChildRun>();
        bool told = false;
        try
        {
            while (running.Count > 0 || (waiting.Count > 0 && !cancellation.IsCancellationRequested))
            {
                while (!cancellation.IsCancellationRequested && waiting.TryPeek(out BatchItem? next) && HasRoom(running, next))
                    running.Add(new ChildRun(waiting.Dequeue(), jobs == 1 ? null : $"[{next.Name}] "));
                Task.WaitAny([.. running.Select(child => child.Ended)], Look);
                if (cancellation.IsCancellationRequested && !told)
                {
                    told = true;
                    running.ForEach(child => child.Stop());
                }

                foreach (ChildRun child in running.Where(child => child.Ended.IsCompleted).ToArray())
                {
                    _ended[child.Item] = (child.Code, child.Seconds);
                    running.Remove(child);
                    child.Dispose();
                }
            }
        }
        finally
        {
            foreach (ChildRun child in running)
            {
                child.Stop();
                child.Dispose();
            }
        }

        WriteTable(Console.Out);
        cancellation.ThrowIfCancellationRequested();
        return _ended.Values.Max(e => e.Code);
    }

    private bool HasRoom(List<ChildRun> running, BatchItem next) =>
        running.Count == 0
        || (running.Count < jobs && running.Sum(child => child.Item.Threads) + next.Threads <= processors);

    private void WriteTable(TextWriter writer)
    {
        (BatchItem Item, RunSummary? Summary)[] all = [.. items.Select(item => (item, SummaryOf(item)))];
        string[] present = [.. all.SelectMany(a => a.Summary?.Results ?? []).Select(r => r.Metric).Distinct()];
        string[] metrics = [.. Shown.Where(present.Contains)];
        if (metrics.Length == 0)
            metrics = [.. present.Take(Shown.Length)];
        var table = new TextTable(["run", "outcome", "model", "split", .. metrics, ">seeds", ">time"]);
        foreach ((BatchItem item, RunSummary? summary) in all)
        {
            string outcome = OutcomeOf(item);
            string time = _ended.TryGetValue(item, out var ended) ? Words.Duration(ended.Seconds) : "–";
            ResultSummary[] results = [.. (summary?.Results ?? []).Where(r => metrics.Contains(r.Metric))];
            if (results.Length == 0)
                table.Add([item.Name, outcome, "–", "–", .. metrics.Select(_ => "–"), "–", time]);
            foreach (IGrouping<(string Name, string Split), ResultSummary> model in results.GroupBy(r => (r.Name, r.Split)))
            {
                IEnumerable<string> figures = metrics.Select(metric => model.FirstOrDefault(r => r.Metric == metric) is { } r
                    ? Words.Spread(r.Mean, r.Values.Count > 1 ? r.StandardDeviation : double.NaN)
                    : "–");
                table.Add(
                    [item.Name, outcome, model.Key.Name, model.Key.Split, .. figures, $"{model.First().Values.Count}", time]);
            }
        }

        table.Write(writer);
    }

    private string OutcomeOf(BatchItem item) => !_ended.TryGetValue(item, out var ended) ? "not started" : ended.Code switch
    {
        Exit.Done => "done",
        Exit.WrongInput => "wrong input",
        Exit.Interrupted => "interrupted",
        _ => "failed",
    };

    // Only of a run that has just ended well: what lies in the folder of another one may be from before.
    private RunSummary? SummaryOf(BatchItem item) => _ended.TryGetValue(item, out var ended) && ended.Code == Exit.Done
        ? SummaryFile.Read(Path.Combine(item.Folder, "summary.json"))
        : null;
}
