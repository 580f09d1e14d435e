namespace Retort.Runs;

/// <summary>Told what a run does, so that a command line or another program can show it. Calls come from one thread.</summary>
public interface IRunProgress
{
    /// <summary>The run begins.</summary>
    /// <param name="recipe">The recipe's name.</param>
    /// <param name="folder">Where its results go.</param>
    /// <param name="stages">How many stage executions there will be, over all seeds.</param>
    public void RunStarted(string recipe, string folder, int stages);

    /// <summary>A stage begins, or goes on from a checkpoint.</summary>
    /// <param name="stage">Its name.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="resumedAt">The step that it goes on from, or 0.</param>
    public void StageStarted(string stage, long seed, long resumedAt);

    /// <summary>A stage's result from before is used again, because nothing that it depends on has changed.</summary>
    public void StageReused(string stage, long seed);

    /// <summary>A stage trains on.</summary>
    public void Stepped(in TrainingProgress progress);

    /// <summary>A stage has figures for people to read, such as a test accuracy.</summary>
    public void Measured(string stage, long seed, IReadOnlyList<KeyValuePair<string, double>> figures);

    /// <summary>Something that the user should know but that stops nothing.</summary>
    public void Warned(string message);

    /// <summary>A stage is done.</summary>
    public void StageFinished(string stage, long seed, double wallSeconds);
}
