namespace Retort.Evaluation;

/// <summary>How many samples of class <paramref name="Label"/> were taken for <paramref name="Prediction"/>.</summary>
public readonly record struct Confusion(int Label, int Prediction, long Count);
