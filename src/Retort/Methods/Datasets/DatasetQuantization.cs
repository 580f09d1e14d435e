using System.ComponentModel.DataAnnotations;
using Retort.Golden;
using Retort.Selection;
using Retort.Torch;

namespace Retort.Methods.Datasets;

/// <summary>A class is cut into bins, representative ones first and diverse ones later, and each bin gives its share
/// by chance.</summary>
/// <remarks>
/// <para><b>Paper.</b> Zhou et al., "Dataset Quantization", ICCV 2023, arXiv:2308.10524, section 3.2.</para>
/// <para><b>Equation.</b> A bin takes, one after another, the sample with the largest Σ_{i ∈ D} s_ik − 2 Σ_{i ∈ bin} s_ik, D all
/// that was left when the bin began; s = ½ + ½ cos of two samples' gradients in the last layer, [p − y ; (p − y) hᵀ]. The last
/// bin is what remains.</para>
/// <para><b>Needs.</b> A trained model. Memory grows with the square of a class's samples.</para>
/// <para><b>Variants.</b> Dropping uninformative patches and restoring them at training is not part of this choice. The released
/// code takes a softmax of probabilities before the gradient; this one does not. Without a model the inputs stand
/// for gradients.</para>
/// </remarks>
[Method("dataset-quantization", Title = "Dataset quantization", Family = MethodFamily.Dataset, Year = 2023,
    Paper = "arXiv:2308.10524", Recipe = "methods/coresets.yaml")]
public sealed class DatasetQuantization(DatasetQuantizationOptions options) : Selector
{
    private readonly DatasetQuantizationOptions _options = options;

    /// <inheritdoc/>
    public override bool NeedsModel => true;

    /// <inheritdoc/>
    public override int[] Choose(SelectionPool pool, int count)
    {
        ArgumentNullException.ThrowIfNull(pool);
        using var scope = new TensorScope();
        Tensor features = pool.Logits is null ? pool.Features : GraphCut.GradientFeatures(pool.Logits, pool.Features, pool.Label);
        int bins = Math.Min(_options.Bins, pool.Count);
        int[][] found = Bins(GraphCut.Similarity(features), bins, pool.Count / bins);
        var chosen = new List<int>();
        int given = 0, seen = 0;
        foreach (int[] bin in found)
        {
            // Shares are rounded so that they add up to the whole.
            seen += bin.Length;
            int share = (int)((long)count * seen / pool.Count) - given;
            given += share;
            chosen.AddRange(pool.Random.Permutation(bin.Length).Take(share).Select(k => bin[k]));
        }

        return [.. chosen];
    }

    /// <summary>The bins themselves.</summary>
    /// <param name="similarity">[n, n] float64.</param>
    /// <param name="count">How many bins.</param>
    /// <param name="size">Samples in each but the last.</param>
    /// <param name="representative">λ, how much likeness to what is left counts.</param>
    /// <returns>Bins without common members that hold all samples.</returns>
    public static int[][] Bins(Tensor similarity, int count, int size, double representative = 1)
    {
        ArgumentNullException.ThrowIfNull(similarity);
        var left = new List<int>(Enumerable.Range(0, checked((int)similarity.Size(0))));
        var bins = new int[count][];
        for (int b = 0; b < count - 1; b++)
        {
            bins[b] = GraphCut.Greedy(similarity, left, Math.Min(size, left.Count), representative);
            left = [.. left.Except(bins[b])];
        }

        bins[^1] = [.. left];
        return bins;
    }

    [Golden("dataset-quantization")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor similarity = GraphCut.Similarity(vector["features"]);
        int[][] bins = Bins(similarity, vector.Integer("n_bins"), vector.Integer("bin_size"), vector.Number("lambda", 1));
        var found = new GoldenOutputs { ["similarity"] = similarity };
        for (int b = 0; b < bins.Length; b++)
            found[FormattableString.Invariant($"bin_{b}_sorted")] = Points.Sorted(bins[b]);
        return found;
    }
}

/// <summary>What a recipe may write under <c>dataset-quantization:</c>.</summary>
public sealed record DatasetQuantizationOptions : SelectorOptions
{
    /// <summary>Bins that a class is cut into; at most one a sample.</summary>
    [Range(1, 1 << 16)]
    public int Bins { get; init; } = 10;
}
