using System.ComponentModel.DataAnnotations;
using Retort.Data.Transforms;
using Retort.Distillation;
using Retort.Methods.Logits;
using Retort.Torch;

namespace Retort.Methods.Sequences;

/// <summary>A second task beside the first: the student should also write another text of each sample, such as why its label is
/// right.</summary>
/// <remarks>
/// <para><b>Equation.</b> −log softmax(z)_k at each token k of the text's completion, mean over all of the batch's; z is what
/// the student gives on that text instead of the batch's input.</para>
/// <para><b>Needs.</b> Samples with a further text: those of an <c>annotate</c> stage with <c>texts</c>. No teacher takes
/// part in the training.</para>
/// </remarks>
[Named("further-text")]
public sealed class FurtherText(FurtherTextOptions options) : Criterion(options)
{
    private readonly FurtherTextOptions _options = options;

    /// <inheritdoc/>
    public override bool NeedsTeacher => false;

    /// <inheritdoc/>
    public override IEnumerable<InputRequest> Inputs =>
        [new InputRequest($"text/{_options.Text}", batch => batch[_options.Text], Teacher: false)];

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) => CrossEntropy.Loss(
        signals.Student.On($"text/{_options.Text}").Logits, signals.Batch[_options.Text + CompletionTargets.LabelsSuffix]);
}

/// <summary>What a recipe may write under <c>further-text:</c>.</summary>
public sealed record FurtherTextOptions : CriterionOptions
{
    /// <summary>The text, by the name that it was given where it was made.</summary>
    [MinLength(1)]
    public required string Text { get; init; }
}
