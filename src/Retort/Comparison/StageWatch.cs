using Retort.Runs;

namespace Retort.Comparison;

/// <summary>Remembers which stages of a run are done, and says so line by line.</summary>
/// <param name="say">Told a line for each stage that was computed; null for silence.</param>
/// <param name="ended">Told each stage that is done, computed or used again.</param>
internal sealed class StageWatch(Action<string>? say = null, Action<string, long>? ended = null) : IRunProgress
{
    private readonly HashSet<(string Stage, long Seed)> _done = [];

    /// <summary>Whether the run's folder was its own, so that what fails now is a stage.</summary>
    public bool HasBegun { get; private set; }

    /// <inheritdoc/>
    public void RunStarted(string recipe, string folder, int stages) => HasBegun = true;

    /// <inheritdoc/>
    public void StageStarted(string stage, long seed, long resumedAt)
    {
    }

    /// <inheritdoc/>
    public void StageReused(string stage, long seed) => End(stage, seed);

    /// <inheritdoc/>
    public void Stepped(in TrainingProgress progress)
    {
    }

    /// <inheritdoc/>
    public void Measured(string stage, long seed, IReadOnlyList<KeyValuePair<string, double>> figures)
    {
    }

    /// <inheritdoc/>
    public void Warned(string message) => say?.Invoke($"warning: {message}");

    /// <inheritdoc/>
    public void StageFinished(string stage, long seed, double wallSeconds)
    {
        say?.Invoke(FormattableString.Invariant($"  {stage} (seed {seed}) done in {wallSeconds:F1} s"));
        End(stage, seed);
    }

    /// <summary>The stage that a run stopped in: the first of an order, seed by seed, that is not done.</summary>
    /// <param name="stages">The names in the order in which they run under each seed.</param>
    /// <param name="seeds">The seeds in order.</param>
    /// <param name="once">Stages that run under the first seed only.</param>
    public string? StoppedIn(IReadOnlyList<string> stages, IReadOnlyList<long> seeds, IReadOnlySet<string> once) =>
        seeds.SelectMany(seed => stages.Where(s => seed == seeds[0] || !once.Contains(s)).Select(s => (s, seed)))
            .FirstOrDefault(s => !_done.Contains(s)).s;

    private void End(string stage, long seed)
    {
        _done.Add((stage, seed));
        ended?.Invoke(stage, seed);
    }
}
