using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using Retort.Torch.Nn;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Features;

/// <summary>The student's translated factors point where those that paraphrase the teacher's map do.</summary>
/// <remarks>
/// <para><b>Paper.</b> Kim, Park and Kwak, "Paraphrasing Complex Network: Network Compression via Factor Transfer", NeurIPS
/// 2018, arXiv:1802.04977.</para>
/// <para><b>Equation.</b> Factors are flattened and scaled to unit L2 norm, sample by sample. p = 1: the mean over N·D of the
/// absolute
/// difference; p = 2: the mean over N of the L2 norm of the difference.</para>
/// <para><b>Needs.</b> A feature map [N, C, H, W] of each role, and a train stage before this one whose <c>ft-paraphraser</c> has
/// learned to reconstruct the teacher's: <c>parts_from</c> names it, and its encoder gives the teacher's factors and stays as it
/// is. The student's come from a translator that is trained with it. The larger of two factors is average-pooled.</para>
/// <para><b>Variants.</b> One benchmark compares energy maps of the factors under this name; this is the paper's form.</para>
/// </remarks>
[RecipeExample(
    Term = "ft: { parts_from: paraphraser }",
    Before = "train: { name: paraphraser, role: teacher, init_from: teacher, freeze: [.], "
        + "criteria: [ft-paraphraser], once: true }")]
[Method("ft", Title = "Factor transfer", Family = MethodFamily.Feature, Year = 2018, Paper = "arXiv:1802.04977")]
public sealed class FactorTransfer(FactorTransferOptions options) : Criterion(options)
{
    private const double Slope = 0.1;
    private readonly FactorTransferOptions _options = options;
    private Sequential? _encoder;
    private Sequential? _translator;

    /// <inheritdoc/>
    public override void Prepare(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        Tensor student = signals.Student.Tap(_options.StudentTap), teacher = signals.Teacher.Tap(_options.TeacherTap);
        RequireMaps(student, teacher);
        long factors = FactorsOf(teacher.Size(1), _options.Rate);
        _encoder = Own("encoder", Encoder(teacher.Size(1), factors));
        _encoder.SetTrainable(false);
        _translator = Own("translator", Encoder(student.Size(1), factors));
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        Tensor wanted = _encoder!.Call(signals.Teacher.Tap(_options.TeacherTap).Detach());
        Tensor found = _translator!.Call(signals.Student.Tap(_options.StudentTap));
        (found, wanted) = PoolToSmaller(found, wanted);
        return Loss(found, wanted, _options.Norm);
    }

    /// <summary>How many factors there are of so many channels, at least one.</summary>
    internal static long FactorsOf(long channels, double rate) => Math.Max(1, (long)Math.Round(channels * rate));

    /// <summary>Three 3×3 convolutions to so many factors, each with a leaky ReLU; [N, C, H, W] → [N, factors, H, W].</summary>
    internal static Sequential Encoder(long channels, long factors) => new(
        new Conv2d(channels, channels, 3, padding: 1), new LeakyRelu(Slope),
        new Conv2d(channels, factors, 3, padding: 1), new LeakyRelu(Slope),
        new Conv2d(factors, factors, 3, padding: 1), new LeakyRelu(Slope));

    /// <summary>Three transposed 3×3 convolutions back from the factors, each with a leaky ReLU; the mirror of the
    /// encoder.</summary>
    internal static Sequential Decoder(long channels, long factors) => new(
        new ConvTranspose2d(factors, factors, 3, padding: 1), new LeakyRelu(Slope),
        new ConvTranspose2d(factors, channels, 3, padding: 1), new LeakyRelu(Slope),
        new ConvTranspose2d(channels, channels, 3, padding: 1), new LeakyRelu(Slope));

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">The student's factors, [N, …], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">The teacher's factors, of the same shape. No gradient flows here.</param>
    /// <param name="norm">p: 1 or 2.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">p is neither 1 nor 2.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, int norm = 1)
    {
        Shapes.RequireBatched(student);
        Shapes.RequireSame(student, teacher);
        if (norm is not (1 or 2))
            throw new ArgumentOutOfRangeException(nameof(norm), norm, "the norm must be 1 or 2.");
        using var scope = new TensorScope();
        Tensor difference = student.AtLeastFloat32().Flatten(1).UnitLength(1) - teacher.AsTarget().Flatten(1).UnitLength(1);
        return scope.Keep(norm == 1 ? difference.Abs().Mean() : difference.Norm(p: 2, dim: 1).Mean());
    }

    [Golden("ft")]
    private static GoldenOutputs Golden(GoldenInputs vector) =>
        Loss(vector["student_factor"], vector["teacher_factor"], vector.Integer("p"));
}

/// <summary>What a recipe may write under <c>ft:</c>. The weight is the authors' on CIFAR for p = 1.</summary>
public sealed record FactorTransferOptions() : TapOptions(TapPath.LastStage, weight: 500), IValidatable
{
    /// <summary>k, factors as a share of the teacher's channels; the paraphraser's.</summary>
    [Range(0, 16, MinimumIsExclusive = true)]
    public double Rate { get; init; } = 0.5;

    /// <summary>p, the norm of the difference: 1 or 2.</summary>
    [AllowedValues(1, 2)]
    public int Norm { get; init; } = 1;

    /// <inheritdoc/>
    public IEnumerable<Problem> Validate()
    {
        if (PartsFrom is null)
        {
            yield return new Problem(nameof(PartsFrom), "names no stage that has trained a paraphraser")
            {
                Expected = "parts_from: the name of an earlier train stage with the term ft-paraphraser",
            };
        }
    }
}
