using Retort.Torch;

namespace Retort.Synthesis;

/// <summary>Samples that were made, as models get them.</summary>
/// <param name="Images">[M, C, H, W], normalised.</param>
/// <param name="Labels">[M] int64.</param>
/// <param name="Targets">Soft labels [M, K] that sum to 1, or null.</param>
public sealed record SyntheticSet(Tensor Images, Tensor Labels, Tensor? Targets = null);
