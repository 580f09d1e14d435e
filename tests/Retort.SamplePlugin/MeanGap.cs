using Retort.Distillation;
using Retort.Registry;
using Retort.Torch;

namespace Retort.SamplePlugin;

/// <summary>The student's logits should have the teacher's mean.</summary>
/// <remarks>
/// <para><b>Paper.</b> None: made up as an example of a plug-in.</para>
/// <para><b>Equation.</b> (mean z_student − mean z_teacher)², over the whole batch.</para>
/// <para><b>Needs.</b> Logits of both.</para>
/// </remarks>
[Method("mean-gap", Title = "Mean gap", Family = MethodFamily.Logit, Year = 2026, Paper = "an example")]
public sealed class MeanGap(MeanGapOptions options) : Criterion(options)
{
    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        using var scope = new TensorScope();
        return scope.Keep((signals.Student.Logits.Mean() - signals.Teacher.Logits.Detach().Mean()).Square());
    }
}

/// <summary>What a recipe may write under <c>mean-gap:</c>.</summary>
public sealed record MeanGapOptions : CriterionOptions;
