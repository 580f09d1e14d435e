using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Distillation.Projectors;
using Retort.Golden;
using Retort.Torch;
using Retort.Torch.Nn;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Features;

/// <summary>What <c>mgd</c> hides of the student's map.</summary>
public enum MaskedPart
{
    /// <summary>Whole channels, as for classification.</summary>
    Channels,

    /// <summary>Positions in all channels, as for detection and segmentation.</summary>
    Positions,
}

/// <summary>From a student's map of which a random part is hidden, a small generator restores the teacher's whole map.</summary>
/// <remarks>
/// <para><b>Paper.</b> Yang et al., "Masked Generative Distillation", ECCV 2022, arXiv:2205.01529.</para>
/// <para><b>Equation.</b> Σ (G(M ⊙ F_student) − F_teacher)² / N, the sum over C, H and W. G is 3×3, ReLU, 3×3; M is 0 with the
/// probability λ. Nothing is rescaled by 1 / (1 − λ).</para>
/// <para><b>Needs.</b> A feature map [N, C, H, W] of each role, the larger average-pooled to the smaller; a 1×1
/// convolution aligns channels that differ.</para>
/// </remarks>
[Method("mgd", Title = "Masked generative distillation", Family = MethodFamily.Feature, Year = 2022, Paper = "arXiv:2205.01529")]
public sealed class MaskedGeneration(MaskedGenerationOptions options) : Criterion(options)
{
    private readonly MaskedGenerationOptions _options = options;
    private Module? _align;
    private Sequential? _generator;

    /// <inheritdoc/>
    public override void Prepare(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        (Tensor student, Tensor teacher) = Features(signals);
        _align = student.Size(1) == teacher.Size(1) ? null : Own("align", Projector.Between(student, teacher, norm: false));
        _generator = Own("generation", Generation(teacher.Size(1)));
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        (Tensor student, Tensor teacher) = Features(signals);
        Tensor aligned = _align?.Call(student) ?? student;
        Tensor uniform = _options.Hide == MaskedPart.Channels
            ? aligned.Detach().NewEmpty([aligned.Size(0), aligned.Size(1), 1, 1]).UniformInPlace()
            : aligned.Detach().NewEmpty([aligned.Size(0), 1, aligned.Size(2), aligned.Size(3)]).UniformInPlace();
        return Loss(_generator!.Call(aligned * uniform.Ge(_options.HiddenShare).To(aligned.DType)), teacher);
    }

    /// <summary>The generator: [N, C, H, W], shape kept.</summary>
    public static Sequential Generation(long channels) =>
        new(new Conv2d(channels, channels, 3, padding: 1), new Relu(), new Conv2d(channels, channels, 3, padding: 1));

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="generated">What the generator made of the student's masked map, [N, C, H, W]. Gradients flow here.</param>
    /// <param name="teacher">Teacher map, of the same shape. No gradient flows here.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static Tensor Loss(Tensor generated, Tensor teacher)
    {
        Shapes.RequireBatched(generated);
        Shapes.RequireSame(generated, teacher);
        using var scope = new TensorScope();
        return scope.Keep((generated.AtLeastFloat32() - teacher.AsTarget()).Square().Sum() / generated.Size(0));
    }

    private (Tensor Student, Tensor Teacher) Features(Signals signals)
    {
        Tensor student = signals.Student.Tap(_options.StudentTap), teacher = signals.Teacher.Tap(_options.TeacherTap);
        RequireMaps(student, teacher);
        return PoolToSmaller(student, teacher);
    }

    [Golden("mgd")]
    private static GoldenOutputs Golden(GoldenInputs vector) => vector.Number("alpha_mgd") * Generated(
        vector, vector["student_feat"], vector["teacher_feat"], "param:", vector["mask_uniform"].Ge(vector.Number("lambda_mgd")));

    // The code for dense tasks hides where u > 1 − λ, the one for classification where u < λ: the same in law, not draw by draw.
    [Golden("mgd-masked")]
    private static GoldenOutputs GoldenMasked(GoldenInputs vector) => vector.Number("alpha") * Generated(
        vector, vector["student"], vector["teacher"], "w:", vector["uniform"].Le(1 - vector.Number("lambda_")));

    private static Tensor Generated(GoldenInputs vector, Tensor student, Tensor teacher, string prefix, Tensor kept)
    {
        if (vector.Find($"{prefix}align.weight") is { } weight)
            student = Ops.Conv2d(student, weight, vector.Find($"{prefix}align.bias"));
        using Sequential generator = Generation(teacher.Size(1));
        using IDisposable bound = vector.Bind(generator, $"{prefix}generation.");
        return Loss(generator.Call(student * kept.To(student.DType)), teacher);
    }
}

/// <summary>What a recipe may write under <c>mgd:</c>. The weight is the paper's α for classification; 2e-5 for dense
/// tasks.</summary>
public sealed record MaskedGenerationOptions() : TapOptions(TapPath.LastStage, weight: 7e-5)
{
    /// <summary>λ, the share that is hidden; 0.15 for classification, 0.45 to 0.75 for dense tasks.</summary>
    [Range(0, 1)]
    [Tunable(0.1, 0.8)]
    public double HiddenShare { get; init; } = 0.15;

    /// <summary>What is hidden.</summary>
    public MaskedPart Hide { get; init; }
}
