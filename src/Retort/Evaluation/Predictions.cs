using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Evaluation;

/// <summary>A classifier's output for a split.</summary>
/// <param name="Logits">[N, K], row-major.</param>
/// <param name="Labels">[N].</param>
/// <param name="Classes">K.</param>
public sealed record Predictions(float[] Logits, long[] Labels, int Classes);
