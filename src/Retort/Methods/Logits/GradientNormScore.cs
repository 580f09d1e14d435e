using Retort.Golden;
using Retort.Torch;

namespace Retort.Methods.Logits;

/// <summary>How much a sample would move the last layer: the scores GraNd and EL2N, by which training sets are pruned.</summary>
/// <remarks>
/// <para><b>Paper.</b> Paul, Ganguli and Dziugaite, "Deep Learning on a Data Diet: Finding Important Examples Early in
/// Training", NeurIPS
/// 2021, arXiv:2107.07075, definitions 2.1 and 2.4.</para>
/// <para><b>Equation.</b> EL2N is ‖softmax(z) − y‖₂. GraNd over the last linear layer with its bias is the norm of its gradient
/// of the
/// cross-entropy, EL2N · √(‖h‖² + 1): the gradient is an outer product.</para>
/// <para><b>Needs.</b> Logits [N, K], labels [N], and for GraNd the layer's input [N, D].</para>
/// </remarks>
public static class GradientNormScore
{
    /// <summary>EL2N of each sample, [N].</summary>
    /// <param name="logits">[N, K]. No gradient flows.</param>
    /// <param name="labels">Integer classes, [N].</param>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor ErrorNorm(Tensor logits, Tensor labels)
    {
        Shapes.RequireLabelled(logits, labels);
        using var scope = new TensorScope();
        Tensor found = logits.Detach().AtLeastFloat32().Softmax(1);
        return scope.Keep((found - labels.OneHot(found.Size(1))).Norm(p: 2, dim: 1));
    }

    /// <summary>GraNd of each sample over the last linear layer with its bias, [N].</summary>
    /// <param name="logits">[N, K]. No gradient flows.</param>
    /// <param name="features">The layer's input, [N, D].</param>
    /// <param name="labels">Integer classes, [N].</param>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor LastLayer(Tensor logits, Tensor features, Tensor labels)
    {
        Shapes.RequireDimensions(features, 2);
        Shapes.RequireSameBatch(logits, features);
        using var scope = new TensorScope();
        Tensor lengths = (features.Detach().AtLeastFloat32().Square().Sum(1) + 1).Sqrt();
        return scope.Keep(ErrorNorm(logits, labels) * lengths);
    }

    [Golden("grand")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor logits = vector["logits"], labels = vector.Labels("targets");
        return new GoldenOutputs
        {
            ["scores"] = LastLayer(logits, vector["embedding"], labels),
            ["el2n"] = ErrorNorm(logits, labels),
        };
    }
}
