using Retort.Golden;
using Retort.Selection;
using Retort.Torch;

namespace Retort.Methods.Datasets;

/// <summary>Samples that cover their class: each next one is the farthest from all that were chosen.</summary>
/// <remarks>
/// <para><b>Paper.</b> Sener and Savarese, "Active Learning for Convolutional Neural Networks: A Core-Set Approach", ICLR 2018,
/// arXiv:1708.00489, algorithm 1.</para>
/// <para><b>Equation.</b> Each step takes argmax_j min_{i chosen} ‖z_i − z_j‖; the first is drawn by chance. The largest distance
/// from any sample to its nearest chosen one is at most twice the least that is possible.</para>
/// <para><b>Needs.</b> Features of a trained model, or inputs.</para>
/// <para><b>Variants.</b> With few samples it picks outliers, and is behind chance.</para>
/// </remarks>
[Method("k-center", Title = "Greedy k-center", Family = MethodFamily.Dataset, Year = 2018, Paper = "arXiv:1708.00489",
    Recipe = "methods/coresets.yaml")]
public sealed class KCenter(KCenterOptions options) : Selector
{
    /// <summary>What the recipe says.</summary>
    public KCenterOptions Options { get; } = options;

    /// <inheritdoc/>
    public override int[] Choose(SelectionPool pool, int count)
    {
        ArgumentNullException.ThrowIfNull(pool);
        return count == 0 ? [] : Choose(pool.Features, [pool.Random.NextInt(pool.Count)], count - 1);
    }

    /// <summary>The choice itself.</summary>
    /// <param name="features">[n, D], any floating dtype.</param>
    /// <param name="already">Rows that are chosen already; at least one.</param>
    /// <param name="count">How many to add.</param>
    /// <returns>Those that were there, then those that came, in the order of choice; of equals the first.</returns>
    /// <exception cref="ShapeException">The features are not [n, D].</exception>
    /// <exception cref="ArgumentException">Nothing is chosen yet, or there are fewer than so many left.</exception>
    public static int[] Choose(Tensor features, IReadOnlyList<int> already, int count)
    {
        ArgumentNullException.ThrowIfNull(already);
        if (already.Count == 0)
            throw new ArgumentException("one sample must be chosen to be far from.", nameof(already));
        Points points = Points.Of(features, already.Count + count);
        double[] nearest = [.. Enumerable.Repeat(double.PositiveInfinity, points.Count)];
        var chosen = new List<int>(already);
        foreach (int first in already)
            Cover(first);
        while (chosen.Count < already.Count + count)
        {
            int next = Enumerable.Range(0, points.Count).MaxBy(k => nearest[k]);
            chosen.Add(next);
            Cover(next);
        }

        return [.. chosen];

        // What is chosen lies at −1, below any distance, so that copies of it are chosen before it comes twice.
        void Cover(int center)
        {
            for (int k = 0; k < points.Count; k++)
                nearest[k] = Math.Min(nearest[k], Points.SquaredDistance(points.Row(center), points.Row(k)));
            nearest[center] = -1;
        }
    }

    [Golden("k-center")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        var found = new GoldenOutputs();
        foreach (string name in (ReadOnlySpan<string>)["a", "b"])
        {
            if (vector.Find($"already_{name}") is { } already)
            {
                int[] first = Array.ConvertAll(already.To(DType.Int64).ToArray<long>(), k => (int)k);
                found[$"selected_sorted_{name}"] = Points.Sorted(Choose(vector["features"], first, vector.Integer("budget")));
            }
        }

        return found;
    }
}

/// <summary>What a recipe may write under <c>k-center:</c>: nothing.</summary>
public sealed record KCenterOptions : SelectorOptions;
