using Retort.Data;
using Retort.Torch;

namespace Retort.Selection;

/// <summary>What a selector sees of the samples of one class.</summary>
/// <param name="Features">[n, D] float: features of a trained model, or the inputs themselves, flattened.</param>
/// <param name="Logits">[n, K] of that model, or null where there is none.</param>
/// <param name="Label">Their class.</param>
/// <param name="Random">Where a choice by chance comes from.</param>
public sealed record SelectionPool(Tensor Features, Tensor? Logits, int Label, RandomStream Random)
{
    /// <summary>How many samples there are.</summary>
    public int Count => (int)Features.Size(0);
}
