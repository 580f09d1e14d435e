namespace Retort.Evaluation;

/// <summary>The samples whose confidence (probability of the predicted class) fell into one interval.</summary>
/// <param name="Lower">Lower edge, outside the bin except in the lowest one.</param>
/// <param name="Upper">Upper edge, inside the bin.</param>
/// <param name="Count">How many samples.</param>
/// <param name="Confidence">Their mean confidence; NaN when empty.</param>
/// <param name="Accuracy">The share of them that is right; NaN when empty.</param>
public readonly record struct ReliabilityBin(double Lower, double Upper, long Count, double Confidence, double Accuracy);
