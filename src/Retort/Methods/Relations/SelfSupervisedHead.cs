using Retort.Distillation;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Methods.Relations;

/// <summary>A projection learns to find the original of each rotated copy: what <c>sskd</c> needs of its teacher.</summary>
/// <remarks>
/// <para><b>Paper.</b> Xu et al., "Knowledge Distillation Meets Self-Supervision", ECCV 2020, arXiv:2006.07114.</para>
/// <para><b>Equation.</b> The cross-entropy of the rows of S (cosines of projected copies and originals) with the copy's own
/// original as the class, mean over the copies.</para>
/// <para><b>Needs.</b> Square images, and a feature of the role that the stage trains: the teacher, with <c>init_from</c> and
/// <c>freeze: [.]</c>, so that the projection alone learns. No gradient goes into the feature.</para>
/// </remarks>
[Named("sskd-head")]
public sealed class SelfSupervisedHead(SelfSupervisedHeadOptions options) : Criterion(options)
{
    private readonly SelfSupervisedHeadOptions _options = options;
    private Sequential? _head;

    /// <inheritdoc/>
    public override bool NeedsTeacher => false;

    /// <inheritdoc/>
    public override IEnumerable<InputRequest> Inputs => [SelfSupervisedSimilarity.Rotations];

    /// <inheritdoc/>
    public override void Prepare(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        _head = Own("teacher_head", SelfSupervisedSimilarity.Head(signals.Student.Tap(_options.StudentTap)));
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        Tensor similarities = SelfSupervisedSimilarity.Similarities(
            SelfSupervisedSimilarity.Projected(_head!, signals.Student, _options.StudentTap).AtLeastFloat32());
        return similarities.CrossEntropyLoss(SelfSupervisedSimilarity.Truth(similarities));
    }
}

/// <summary>What a recipe may write under <c>sskd-head:</c>.</summary>
public sealed record SelfSupervisedHeadOptions : CriterionOptions
{
    /// <summary>Module path in the network whose feature is projected: what <c>sskd</c> calls teacher_tap.</summary>
    public TapPath StudentTap { get; init; } = TapPath.LastFeature;
}
