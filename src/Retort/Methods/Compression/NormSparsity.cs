using Retort.Distillation;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Methods.Compression;

/// <summary>The scales of batch norms should be few: what hardly scales can be pruned.</summary>
/// <remarks>
/// <para><b>Paper.</b> Liu et al., "Learning Efficient Convolutional Networks through Network Slimming", ICCV 2017,
/// arXiv:1708.06519, equation 1.</para>
/// <para><b>Equation.</b> Σ |γ| over all channels of all batch norms of the student. Its gradient is sign(γ), and 0
/// where γ is 0.</para>
/// <para><b>Needs.</b> A student with batch norms that have a scale. No teacher.</para>
/// </remarks>
[Named("norm-sparsity")]
public sealed class NormSparsity(NormSparsityOptions options) : Criterion(options)
{
    private Parameter[] _scales = [];

    /// <inheritdoc/>
    public override bool NeedsTeacher => false;

    /// <inheritdoc/>
    public override bool ReadsInput(TapRole role) => false;

    /// <inheritdoc/>
    public override void Attach(Attachment attachment)
    {
        ArgumentNullException.ThrowIfNull(attachment);
        _scales =
        [
            .. attachment.Student.Model.NamedModules().Select(m => m.Value).OfType<BatchNorm>()
                .Select(n => n.Weight).OfType<Parameter>(),
        ];
        if (_scales.Length == 0)
            throw new ArgumentException($"role '{attachment.Student.Name}' has no batch norm with a scale.", nameof(attachment));
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) => Loss([.. _scales.Select(s => s.Value)]);

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="scales">γ of each batch norm, [C] each, at least one. Gradients flow here.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    public static Tensor Loss(IReadOnlyList<Tensor> scales)
    {
        ArgumentNullException.ThrowIfNull(scales);
        using var scope = new TensorScope();
        return scope.Keep(Ops.Cat([.. scales.Select(s => s.AtLeastFloat32())], 0).Abs().Sum());
    }
}

/// <summary>What a recipe may write under <c>norm-sparsity:</c>.</summary>
public sealed record NormSparsityOptions : CriterionOptions
{
    /// <summary>Creates options whose weight is the paper's λ.</summary>
    public NormSparsityOptions() => Weight = Schedule.Constant(1e-4);
}
