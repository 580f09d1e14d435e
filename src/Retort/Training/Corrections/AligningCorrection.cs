using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Training.Corrections;

/// <summary>New rows are scaled to the mean length of the old ones: γ = mean‖w_old‖ / mean‖w_new‖, w_new ← γ w_new.</summary>
/// <remarks>Zhao et al., arXiv:1911.07053, equation 8 (method <c>wa</c>). The bias stays. γ above 1 says that the new rows were
/// the shorter ones, and that aligning favours the new classes further.</remarks>
[Named("weight-aligning")]
public sealed record AligningCorrection : CorrectionOptions
{
    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, double>> Apply(Linear head, long old)
    {
        ArgumentNullException.ThrowIfNull(head);
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        (Tensor weight, Tensor gamma) = Aligned(head.Weight, old);
        head.Weight.Value.CopyInPlace(weight);
        return [new("gamma", gamma.ToDouble())];
    }

    /// <summary>A head's weight with the new rows aligned, and γ.</summary>
    /// <param name="weight">[K, D], the old classes' rows first.</param>
    /// <param name="old">How many rows are old, 1 to K − 1.</param>
    public static (Tensor Weight, Tensor Gamma) Aligned(Tensor weight, long old)
    {
        Shapes.RequireDimensions(weight, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(old, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(old, weight.Size(0));
        Tensor lengths = weight.Norm(p: 2, dim: 1, keepDim: false);
        long added = weight.Size(0) - old;
        Tensor gamma = lengths.Narrow(0, 0, old).Mean() / lengths.Narrow(0, old, added).Mean();
        return (Ops.Cat([weight.Narrow(0, 0, old), weight.Narrow(0, old, added) * gamma], 0), gamma);
    }
}
