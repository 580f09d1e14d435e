using System.ComponentModel.DataAnnotations;
using Retort.Selection;
using Retort.Torch;

namespace Retort.Methods.Datasets;

/// <summary>Samples that are like many of their class and unlike those chosen before, by greedy graph cut.</summary>
[Named("graph-cut")]
public sealed class GraphCut(GraphCutOptions options) : Selector
{
    private const double SmallestNorm = 1e-12;
    private readonly GraphCutOptions _options = options;

    /// <inheritdoc/>
    public override int[] Choose(SelectionPool pool, int count)
    {
        ArgumentNullException.ThrowIfNull(pool);
        using var scope = new TensorScope();
        Tensor features = pool.Logits is null ? pool.Features : GradientFeatures(pool.Logits, pool.Features, pool.Label);
        return Greedy(Similarity(features), [.. Enumerable.Range(0, pool.Count)], count, _options.Representative);
    }

    /// <summary>The gradient of each sample's cross-entropy in the last layer, bias first: [p − y ; (p − y) hᵀ].</summary>
    /// <param name="logits">[n, K].</param>
    /// <param name="features">h, [n, D].</param>
    /// <param name="label">The class of all.</param>
    /// <returns>[n, K + K·D], float64.</returns>
    public static Tensor GradientFeatures(Tensor logits, Tensor features, int label)
    {
        Shapes.RequireDimensions(logits, 2);
        Shapes.RequireDimensions(features, 2);
        Shapes.RequireSameBatch(logits, features);
        using var scope = new TensorScope();
        Tensor target = Tensor.Full([logits.Size(0)], label, DType.Int64).OneHot(logits.Size(1)).To(DType.Float64);
        Tensor error = logits.Detach().To(DType.Float64).Softmax(1) - target;                                     // [n, K]
        Tensor outer = error.Unsqueeze(2) * features.Detach().To(DType.Float64).Unsqueeze(1);                     // [n, K, D]
        return scope.Keep(Ops.Cat([error, outer.Flatten(startDim: 1)], 1));
    }

    /// <summary>½ + ½ cos of each two rows, [n, n]; a row of zeros is at ½ of all.</summary>
    /// <param name="features">[n, D], any floating dtype.</param>
    /// <exception cref="ShapeException">The features are not [n, D].</exception>
    public static Tensor Similarity(Tensor features)
    {
        Shapes.RequireDimensions(features, 2);
        using var scope = new TensorScope();
        Tensor rows = features.Detach().To(DType.Float64);
        Tensor unit = rows / rows.Norm(2, [1], keepDim: true).ClampMin(SmallestNorm);
        return scope.Keep(unit.MatMul(unit.Transpose(0, 1)) * 0.5 + 0.5);
    }

    /// <summary>Greedy choice by λ Σ_{i ∈ D} s_ik − 2 Σ_{i ∈ chosen} s_ik, D what there is to choose from.</summary>
    /// <param name="similarity">[n, n] float64.</param>
    /// <param name="candidates">D, rows of it.</param>
    /// <param name="count">How many, at most as many as candidates.</param>
    /// <param name="representative">λ.</param>
    /// <returns>Candidates in the order of choice; of equals the first.</returns>
    public static int[] Greedy(Tensor similarity, IReadOnlyList<int> candidates, int count, double representative = 1)
    {
        ArgumentNullException.ThrowIfNull(similarity);
        ArgumentNullException.ThrowIfNull(candidates);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, candidates.Count);
        int size = checked((int)similarity.Size(0));
        double[] values = similarity.Contiguous().ToArray<double>();
        double[] gains = [.. candidates.Select(k => representative * candidates.Sum(i => values[(i * size) + k]))];
        var chosen = new List<int>();
        while (chosen.Count < count)
        {
            int best = Array.IndexOf(gains, gains.Max());
            chosen.Add(candidates[best]);
            for (int k = 0; k < gains.Length; k++)
                gains[k] -= 2 * values[(candidates[best] * size) + candidates[k]];
            gains[best] = double.NegativeInfinity;
        }

        return [.. chosen];
    }
}

/// <summary>What a recipe may write under <c>graph-cut:</c>.</summary>
public sealed record GraphCutOptions : SelectorOptions
{
    /// <summary>λ, how much likeness to the whole class counts against likeness to what was chosen.</summary>
    [Range(0, 1000)]
    public double Representative { get; init; } = 1;
}
