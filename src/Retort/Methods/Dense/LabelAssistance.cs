using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Methods.Features;
using Retort.Torch;

namespace Retort.Methods.Dense;

/// <summary>A teacher no larger than the student, which is told the labels as a further channel of its input, teaches where each
/// class lies.</summary>
/// <remarks>
/// <para><b>Paper.</b> Qiu et al., "Make a Strong Teacher with Label Assistance: A Novel Knowledge Distillation Approach for
/// Semantic Segmentation", ECCV 2024, arXiv:2407.13254.</para>
/// <para><b>Equation.</b> The teacher sees x beside s (c_y + 0.02 ε), c_k = (k − ⌊K/2⌋) / 10 for the class of each pixel, ε
/// normal; the student sees x. The term is that of <c>cwd</c> between their class maps: τ² / (N·K) Σ KL over the positions, τ
/// 4.</para>
/// <para><b>Needs.</b> Labels [N, H, W], class maps [N, K, H, W] of both at the taps, and networks that take a channel more than
/// the data has, the student with zeros there (<c>segmenter</c> with <c>blank_channels: 1</c>); a teacher trained by
/// <c>lad-dual-path</c>. Beside cross-entropy.</para>
/// <para><b>Variants.</b> The paper's networks have an auxiliary head with terms of its own. Its images go up to 255, and the
/// scale s is 100 there.</para>
/// </remarks>
[RecipeExample(Term = "lad: { student_tap: '@output', teacher_tap: '@output' }")]
[Method("lad", Title = "Label-assisted distillation", Family = MethodFamily.Dense, Year = 2024, Paper = "arXiv:2407.13254")]
public sealed class LabelAssistance(LabelAssistanceOptions options) : Criterion(options)
{
    private const string InputName = "input-with-labels";
    private readonly LabelAssistanceOptions _options = options;

    /// <inheritdoc/>
    public override IEnumerable<InputRequest> Inputs =>
        [new InputRequest(InputName, batch => _options.Labels.Beside(batch), Student: false)];

    /// <inheritdoc/>
    public override bool ReadsInput(TapRole role) => role == TapRole.Student;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) => Loss(
        signals.Student.Tap(_options.StudentTap), signals.Teacher.On(InputName).Tap(_options.TeacherTap),
        _options.Temperature.At(signals.Clock));

    /// <summary>The loss itself, as a function of tensors alone: that of <see cref="ChannelWise"/>.</summary>
    /// <param name="student">The student's class map, [N, K, H, W]. Gradients flow here.</param>
    /// <param name="teacher">The class map of the teacher that was told the labels, of the same shape. No gradient flows
    /// here.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ, or have neither three nor four dimensions.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, double temperature = 4) =>
        ChannelWise.Loss(student, teacher, temperature);
}

/// <summary>What a recipe may write under <c>lad:</c>.</summary>
public sealed record LabelAssistanceOptions() : TapOptions("head", weight: 3)
{
    /// <summary>τ, the temperature of both maps.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    [Tunable(1, 10, Log = true)]
    public Schedule Temperature { get; init; } = 4;

    /// <summary>How the teacher is told the labels.</summary>
    public LabelChannel Labels { get; init; } = new();
}
