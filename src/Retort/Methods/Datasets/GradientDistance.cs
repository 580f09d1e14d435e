using Retort.Golden;
using Retort.Torch;

namespace Retort.Methods.Datasets;

/// <summary>How far apart the gradients are that two batches cause in one network.</summary>
/// <remarks>Zhao, Mopuri and Bilen, arXiv:2006.05929, section 3.2, and Kim et al., arXiv:2205.14959, section 4.1.</remarks>
public static class GradientDistance
{
    private const double Epsilon = 1e-6;

    /// <summary>The distance of two lists of gradients, one of which is constant.</summary>
    /// <param name="synthetic">Gradients of the weights, any floating dtype. Gradients flow here.</param>
    /// <param name="real">As many, of the same shapes. No gradient flows here.</param>
    /// <param name="metric">What is summed over which of them.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The lists do not have the same shapes.</exception>
    public static Tensor Loss(
        IReadOnlyList<Tensor> synthetic, IReadOnlyList<Tensor> real, GradientMetric metric = GradientMetric.Layerwise)
    {
        ArgumentNullException.ThrowIfNull(synthetic);
        ArgumentNullException.ThrowIfNull(real);
        if (synthetic.Count != real.Count || synthetic.Count == 0)
        {
            throw new ShapeException(
                $"{synthetic.Count} synthetic and {real.Count} real gradients; there must be as many of each, and some.");
        }
        for (int k = 0; k < real.Count; k++)
            Shapes.RequireSame(synthetic[k], real[k]);

        using var scope = new TensorScope();
        Tensor[] ours = [.. synthetic.Select(g => g.AtLeastFloat32())];
        Tensor[] theirs = [.. real.Select(g => g.Detach().AtLeastFloat32())];
        return scope.Keep(metric switch
        {
            GradientMetric.Mse => (Flat(ours) - Flat(theirs)).Square().Sum(),
            GradientMetric.Cos => 1 - Cosines(Flat(ours).Unsqueeze(0), Flat(theirs).Unsqueeze(0)).Sum(),
            GradientMetric.Layerwise => OverMatrices(ours, theirs, (a, b) => a.Size(0) - Cosines(a, b).Sum()),
            GradientMetric.Absolute => OverMatrices(ours, theirs, (a, b) => (a - b).Abs().Sum()),
            _ => OverMatrices(ours, theirs, (a, b) => (a - b).Square().Sum()),
        });
    }

    // Vectors are biases and the parameters of norms: they say little about what the samples show, and count as zero.
    private static Tensor OverMatrices(Tensor[] ours, Tensor[] theirs, Func<Tensor, Tensor, Tensor> distance)
    {
        Tensor sum = ours[0].Flatten().Narrow(0, 0, 0).Sum();
        for (int k = 0; k < ours.Length; k++)
        {
            if (ours[k].Dimensions > 1)
                sum += distance(ours[k].Flatten(startDim: 1), theirs[k].Flatten(startDim: 1));
        }

        return sum;
    }

    // ε stands outside the product of the norms, as in the published code.
    private static Tensor Cosines(Tensor a, Tensor b) => (a * b).Sum([1]) / ((a.Norm(2, [1]) * b.Norm(2, [1])) + Epsilon);

    private static Tensor Flat(Tensor[] gradients) => Ops.Cat([.. gradients.Select(g => g.Flatten())]);

    // Graph layers' weights were recorded as [in, out].
    [Golden("graph-gradient-match")]
    private static GoldenOutputs OfGraphs(GoldenInputs vector)
    {
        Tensor[] Side(string side) => [.. vector.Names.Where(n => n.StartsWith(side, StringComparison.Ordinal))
            .Select(n => vector[n] is { Dimensions: 2 } matrix ? matrix.Transpose(0, 1) : vector[n])];
        return Loss(Side("syn_"), Side("real_"));
    }

    [Golden("dc-distance"), Golden("dc-distance-mse"), Golden("dc-distance-cos")]
    private static GoldenOutputs Golden(GoldenInputs vector) => Loss(
        vector.Series("syn"), vector.Series("real"),
        vector.Text("metric", "ours") switch
        {
            "mse" => GradientMetric.Mse,
            "cos" => GradientMetric.Cos,
            _ => GradientMetric.Layerwise,
        });
}

/// <summary>What the distance of two lists of gradients sums.</summary>
public enum GradientMetric
{
    /// <summary>1 − cosine of each output unit's weights, over all matrices and kernels; biases and norms do not count.</summary>
    Layerwise,

    /// <summary>Squared differences over all gradients.</summary>
    Mse,

    /// <summary>1 − cosine of all gradients as one vector.</summary>
    Cos,

    /// <summary>Absolute differences over all matrices and kernels.</summary>
    Absolute,

    /// <summary>Squared differences over all matrices and kernels.</summary>
    Squared,
}
