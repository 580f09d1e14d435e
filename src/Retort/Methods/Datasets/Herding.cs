using Retort.Golden;
using Retort.Selection;
using Retort.Torch;

namespace Retort.Methods.Datasets;

/// <summary>Samples chosen one after another so that the mean of what was chosen follows the mean of their class.</summary>
/// <remarks>
/// <para><b>Paper.</b> Welling, "Herding Dynamical Weights to Learn", ICML 2009, in the form of Rebuffi et al., "iCaRL", CVPR
/// 2017, arXiv:1611.07725, algorithm 4.</para>
/// <para><b>Equation.</b> Step i takes argmin_z ‖i μ − Σ chosen − z‖ among those left; μ is the mean of all.</para>
/// <para><b>Needs.</b> Features of a trained model, or inputs.</para>
/// <para><b>Variants.</b> A widely used toolkit takes the argmax of that distance, which is worse than chance at following
/// the mean; <c>farthest: true</c> does so for comparison.</para>
/// </remarks>
[Method("herding", Title = "Herding", Family = MethodFamily.Dataset, Year = 2009, Paper = "arXiv:1611.07725",
    Recipe = "methods/coresets.yaml")]
public sealed class Herding(HerdingOptions options) : Selector
{
    private readonly HerdingOptions _options = options;

    /// <inheritdoc/>
    public override int[] Choose(SelectionPool pool, int count)
    {
        ArgumentNullException.ThrowIfNull(pool);
        return Choose(pool.Features, count, _options.Farthest);
    }

    /// <summary>The choice itself.</summary>
    /// <param name="features">[n, D], any floating dtype.</param>
    /// <param name="count">How many, 0 to n.</param>
    /// <param name="farthest">Take the sample farthest from where the mean wants to go.</param>
    /// <returns>Rows in the order of choice; of equals the first.</returns>
    /// <exception cref="ShapeException">The features are not [n, D].</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer than so many.</exception>
    public static int[] Choose(Tensor features, int count, bool farthest = false)
    {
        Points points = Points.Of(features, count);
        double[] mean = new double[points.Width], sum = new double[points.Width], wanted = new double[points.Width];
        for (int k = 0; k < points.Count; k++)
            Add(mean, points.Row(k), 1.0 / points.Count);
        var left = new SortedSet<int>(Enumerable.Range(0, points.Count));
        var chosen = new int[count];
        for (int i = 0; i < count; i++)
        {
            for (int d = 0; d < wanted.Length; d++)
                wanted[d] = ((i + 1) * mean[d]) - sum[d];
            double Distance(int k) => Points.SquaredDistance(wanted, points.Row(k));
            chosen[i] = farthest ? left.MaxBy(Distance) : left.MinBy(Distance);
            left.Remove(chosen[i]);
            Add(sum, points.Row(chosen[i]), 1);
        }

        return chosen;
    }

    private static void Add(double[] target, ReadOnlySpan<double> row, double factor)
    {
        for (int d = 0; d < target.Length; d++)
            target[d] += factor * row[d];
    }

    [Golden("herding")]
    private static GoldenOutputs Golden(GoldenInputs vector) => new()
    {
        ["selected_sorted"] = Points.Sorted(Choose(vector["features"], vector.Integer("budget"), farthest: true)),
    };
}

/// <summary>What a recipe may write under <c>herding:</c>.</summary>
public sealed record HerdingOptions : SelectorOptions
{
    /// <summary>Take the sample farthest from where the mean wants to go, as a widely used toolkit does.</summary>
    public bool Farthest { get; init; }
}
