namespace Retort.Runs;

/// <summary>Where a checkpoint stands: the metadata beside its tensors.</summary>
/// <param name="Key">Hash of what the training depends on; another one makes the checkpoint useless.</param>
/// <param name="Step">Steps done.</param>
/// <param name="WallSeconds">Seconds computed so far.</param>
/// <param name="BestFigure">The best validation figure so far; NaN where there is none.</param>
/// <param name="BestStep">When it was reached.</param>
public sealed record TrainingPosition(string Key, long Step, double WallSeconds, double BestFigure, long BestStep);
