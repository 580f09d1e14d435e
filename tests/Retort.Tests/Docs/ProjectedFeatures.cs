using Retort.Distillation;
using Retort.Recipes;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Docs;

/// <summary>What docs/adding-a-method.md says about taps and trainable parts, as a whole.</summary>
public sealed class ProjectedFeatures(ProjectedFeaturesOptions options) : Criterion(options)
{
    private readonly ProjectedFeaturesOptions _options = options;
    private Linear? _projector;

    /// <inheritdoc/>
    public override void Prepare(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        long from = signals.Student.Tap(_options.StudentTap).Size(1), to = signals.Teacher.Tap(_options.TeacherTap).Size(1);
        _projector = Own("projector", new Linear(from, to));
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) =>
        _projector!.Call(signals.Student.Tap(_options.StudentTap)).MseLoss(signals.Teacher.Tap(_options.TeacherTap).Detach());
}

/// <summary>What a recipe could write for <see cref="ProjectedFeatures"/>.</summary>
public sealed record ProjectedFeaturesOptions : CriterionOptions
{
    /// <summary>Module path in the student. The default is the last feature before its head.</summary>
    public TapPath StudentTap { get; init; } = TapPath.LastFeature;

    /// <summary>Module path in the teacher. The default is the last feature before its head.</summary>
    public TapPath TeacherTap { get; init; } = TapPath.LastFeature;
}
