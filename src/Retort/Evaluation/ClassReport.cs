namespace Retort.Evaluation;

/// <summary>How a classifier does on one class.</summary>
/// <param name="Label">The class.</param>
/// <param name="Support">Samples of the class.</param>
/// <param name="Precision">The share of those taken for the class that are of it; 0 where none was taken for it.</param>
/// <param name="Recall">The share of its samples that were recognised; 0 where it has none.</param>
public sealed record ClassReport(int Label, long Support, double Precision, double Recall)
{
    /// <summary>The harmonic mean of precision and recall; 0 where both are.</summary>
    public double F1 => Precision + Recall == 0 ? 0 : 2 * Precision * Recall / (Precision + Recall);
}
