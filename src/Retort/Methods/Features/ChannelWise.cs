using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Distillation.Projectors;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Features;

/// <summary>Along which axis <c>cwd</c> makes distributions.</summary>
public enum DistributionAxis
{
    /// <summary>Each channel over the positions.</summary>
    Positions,

    /// <summary>Each position over the channels.</summary>
    Channels,
}

/// <summary>Every channel becomes a distribution over positions, so the student learns where each fires, not how
/// strongly.</summary>
/// <remarks>
/// <para><b>Paper.</b> Shu et al., "Channel-wise Knowledge Distillation for Dense Prediction", ICCV 2021,
/// arXiv:2011.13256.</para>
/// <para><b>Equation.</b> τ² / (N·C) Σ_n Σ_c KL(softmax(F_teacher,c / τ) ‖ softmax(F_student,c / τ)) over the H·W positions; 0
/// where each
/// channel agrees up to a constant.</para>
/// <para><b>Needs.</b> Maps [N, C, H, W] or tokens [N, T, D] of both, with the same positions; a 1×1 projector where channels
/// differ.
/// The whole model's output (<c>@output</c>) of a segmentation net does as well.</para>
/// </remarks>
[Method("cwd", Title = "Channel-wise distillation", Family = MethodFamily.Dense, Year = 2021, Paper = "arXiv:2011.13256")]
public sealed class ChannelWise(ChannelWiseOptions options) : Criterion(options)
{
    private readonly ChannelWiseOptions _options = options;
    private Projector? _align;

    /// <inheritdoc/>
    public override void Prepare(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        Tensor student = signals.Student.Tap(_options.StudentTap), teacher = signals.Teacher.Tap(_options.TeacherTap);
        int channels = Projector.ChannelsOf(student);
        if (student.Size(channels) != teacher.Size(Projector.ChannelsOf(teacher)))
            _align = Own("align", Projector.Between(student, teacher, norm: false));
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        Tensor student = signals.Student.Tap(_options.StudentTap);
        double temperature = _options.Temperature.At(signals.Clock);
        Tensor aligned = _align?.Call(student) ?? student, teacher = signals.Teacher.Tap(_options.TeacherTap);
        return _options.Over == DistributionAxis.Positions
            ? Loss(aligned, teacher, temperature)
            : SpatialLoss(aligned, teacher, temperature);
    }

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student map, [N, C, H, W], or tokens, [N, T, D]. Gradients flow here.</param>
    /// <param name="teacher">Teacher map or tokens, of the same shape. No gradient flows here.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ, or have neither three nor four dimensions.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, double temperature = 4)
    {
        Shapes.RequireSame(student, teacher);
        RequirePositive(temperature);
        using var scope = new TensorScope();
        Tensor found = ByChannel(student.AtLeastFloat32()) / temperature, wanted = ByChannel(teacher.AsTarget()) / temperature;
        return scope.Keep(KlDivergence(wanted, found, dim: 2).Mean() * (temperature * temperature));
    }

    /// <summary>The spatial twin: at each position a distribution over the channels, the divergences' mean over
    /// positions.</summary>
    /// <param name="student">Student map, [N, C, H, W], or tokens, [N, T, D]. Gradients flow here.</param>
    /// <param name="teacher">Teacher map or tokens, of the same shape. No gradient flows here.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ, or have neither three nor four dimensions.</exception>
    public static Tensor SpatialLoss(Tensor student, Tensor teacher, double temperature = 1)
    {
        Shapes.RequireSame(student, teacher);
        RequirePositive(temperature);
        using var scope = new TensorScope();
        Tensor found = ByChannel(student.AtLeastFloat32()) / temperature, wanted = ByChannel(teacher.AsTarget()) / temperature;
        return scope.Keep(KlDivergence(wanted, found, dim: 1).Mean() * (temperature * temperature));
    }

    private static Tensor ByChannel(Tensor student) => student.Dimensions switch
    {
        4 => student.Flatten(2),
        3 => student.Transpose(1, 2),
        _ => throw new ShapeException($"'{nameof(student)}' {Shapes.Text(student)} must be [N, C, H, W] or [N, T, D]."),
    };

    [Golden("cwd")]
    private static GoldenOutputs Golden(GoldenInputs vector) =>
        vector.Number("loss_weight") * Loss(vector["student"], vector["teacher"], vector.Number("tau"));

    [Golden("ckd-spatial")]
    private static GoldenOutputs GoldenSpatial(GoldenInputs vector) => new()
    {
        ["loss"] = Loss(vector["student_map"], vector["teacher_map"], vector.Number("T")),
        ["loss_spatial_T1"] = SpatialLoss(vector["student_map"], vector["teacher_map"]),
    };
}

/// <summary>What a recipe may write under <c>cwd:</c>. The weight is the authors' on logits; 50 on a feature map.</summary>
public sealed record ChannelWiseOptions() : TapOptions(TapPath.LastStage, weight: 3)
{
    /// <summary>Along which axis distributions are made.</summary>
    public DistributionAxis Over { get; init; }

    /// <summary>τ; 4 on logits, 1 on a detector's levels.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    [Tunable(1, 10, Log = true)]
    public Schedule Temperature { get; init; } = 4;
}
