using System.Diagnostics;
using System.Globalization;
using Retort.Reports;
using Retort.Runs;

namespace Retort.Cli;

/// <summary>Shows a run on the console: one line that is rewritten on a terminal, a plain line now and then elsewhere.</summary>
internal sealed class ConsoleProgress : IRunProgress, IDisposable
{
    private static readonly TimeSpan Terminal = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Plain = TimeSpan.FromSeconds(5);
    private readonly bool _quiet;
    private readonly bool _live = !Console.IsErrorRedirected;
    private long _lastShown;
    private int _stages;
    private int _done;
    private bool _onLine;
    private string _measured = string.Empty;

    public ConsoleProgress(bool quiet) => _quiet = quiet;

    public void RunStarted(string recipe, string folder, int stages)
    {
        _stages = stages;
        Line($"{recipe}: {Words.Count(stages, "stage")} into {Words.Relative(folder)}");
    }

    public void StageStarted(string stage, long seed, long resumedAt)
    {
        _measured = string.Empty;
        _lastShown = 0;
        if (resumedAt > 0)
            Line(string.Create(CultureInfo.InvariantCulture, $"  {stage} (seed {seed}): going on from step {resumedAt}"));
    }

    public void StageReused(string stage, long seed)
    {
        _done++;
        Line($"  {Head(stage, seed)} unchanged, used again");
    }

    public void Stepped(in TrainingProgress at)
    {
        bool tooSoon = at.Step < at.TotalSteps && _lastShown != 0
            && Stopwatch.GetElapsedTime(_lastShown) < (_live ? Terminal : Plain);
        if (_quiet || tooSoon)
            return;
        _lastShown = Stopwatch.GetTimestamp();
        string loss = double.IsNaN(at.Loss) ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"  loss {at.Loss:F4}");
        string text = string.Create(CultureInfo.InvariantCulture,
            $"  {Head(at.Stage, at.Seed)} epoch {at.Epoch:F1}/{at.Epochs:0.#}  step {at.Step}/{at.TotalSteps}{loss}"
                + $"{_measured}  {at.SamplesPerSecond:N0} samples/s  {Words.Duration(at.SecondsLeft)} left");
        Show(text);
    }

    public void Measured(string stage, long seed, IReadOnlyList<KeyValuePair<string, double>> figures) =>
        _measured = string.Concat(figures.Select(f => string.Create(CultureInfo.InvariantCulture, $"  {f.Key} {f.Value:F4}")));

    public void Warned(string message) => Line($"warning: {message}");

    public void StageFinished(string stage, long seed, double wallSeconds)
    {
        _done++;
        Line($"  {Head(stage, seed)} done in {Words.Duration(wallSeconds)}{_measured}");
    }

    /// <summary>Prints the results to standard output.</summary>
    public void Finished(RunSummary summary, string recipe)
    {
        Clear();
        int widest = summary.Results.Count == 0 ? 0 : summary.Results.Max(r => r.Name.Length);
        foreach (ResultSummary result in summary.Results.Where(r => r.Metric is "accuracy" or "nll" or "ece"))
        {
            double spread = result.Values.Count > 1 ? result.StandardDeviation : double.NaN;
            Console.WriteLine($"{result.Name.PadRight(widest)}  {result.Split} {result.Metric,-8} "
                + $"{Words.Spread(result.Mean, spread)}  ({Words.Count(result.Values.Count, "seed")})");
        }

        Line(string.Create(CultureInfo.InvariantCulture, $"{recipe}: done, {Words.Duration(summary.WallSeconds)} of computing"));
    }

    public void Dispose() => Clear();

    private string Head(string stage, long seed) =>
        string.Create(CultureInfo.InvariantCulture, $"[{Math.Min(_done + 1, _stages)}/{_stages}] {stage} (seed {seed})");

    private void Show(string text)
    {
        if (!_live)
        {
            Console.Error.WriteLine(text);
            return;
        }

        int width = Math.Max(20, Console.WindowWidth - 1);
        Console.Error.Write("\r" + (text.Length > width ? text[..width] : text.PadRight(width)));
        _onLine = true;
    }

    private void Line(string text)
    {
        if (_quiet)
            return;
        Clear();
        Console.Error.WriteLine(text);
    }

    private void Clear()
    {
        if (!_onLine)
            return;
        Console.Error.Write("\r" + new string(' ', Math.Max(20, Console.WindowWidth - 1)) + "\r");
        _onLine = false;
    }
}
