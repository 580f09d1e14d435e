using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Relations;

/// <summary>The task loss of two towers: each picture should be nearest to its own caption of the batch, and the
/// reverse.</summary>
/// <remarks>
/// <para><b>Paper.</b> Radford et al., ICML 2021, arXiv:2103.00020, figure 3.</para>
/// <para><b>Equation.</b> Z = s · I Tᵀ of embeddings at unit length, [N, N]; ½ (CE(Z, own) + CE(Zᵀ, own)), mean over rows. The
/// scale s is fixed here.</para>
/// <para><b>Needs.</b> A model that embeds a batch's input and its captions, [N, D] each, such as <c>two-tower</c>. No
/// teacher.</para>
/// </remarks>
[Named("contrastive")]
public sealed class Contrastive(ContrastiveOptions options) : Criterion(options)
{
    private readonly ContrastiveOptions _options = options;

    /// <inheritdoc/>
    public override bool IsTask => true;

    /// <inheritdoc/>
    public override IEnumerable<InputRequest> Inputs => [CaptionOf(_options.Caption)];

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) =>
        Loss(signals.Student.Output, signals.Student.On(_options.Caption).Output, _options.Scale);

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Embeddings of pictures, [N, D], any floating dtype. Gradients flow here.</param>
    /// <param name="studentText">Embeddings of their captions, [N, D]. Gradients flow here.</param>
    /// <param name="scale">s, above 0.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ, or are no [N, D].</exception>
    public static Tensor Loss(Tensor student, Tensor studentText, double scale = 20)
    {
        RequireLogits(student, studentText);
        RequirePositive(scale);
        using var scope = new TensorScope();
        Tensor affinity = student.AtLeastFloat32().UnitLength(1).MatMul(studentText.AtLeastFloat32().UnitLength(1).T()) * scale;
        Tensor own = Ops.Arange(0, student.Size(0), 1, DType.Int64, student.Device);
        return scope.Keep((affinity.CrossEntropyLoss(own) + affinity.T().CrossEntropyLoss(own)) / 2);
    }

    /// <summary>The captions of a batch as an input beside its pictures.</summary>
    internal static InputRequest CaptionOf(string name) => new(name, batch => batch[name]);
}

/// <summary>What a recipe may write under <c>contrastive:</c>.</summary>
public sealed record ContrastiveOptions : CriterionOptions
{
    /// <summary>What the batch calls the captions.</summary>
    public string Caption { get; init; } = "caption";

    /// <summary>s, the inverse of the temperature.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double Scale { get; init; } = 20;
}
