using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Methods.Relations;

/// <summary>Which of the formulas that bear the name of <c>cc</c> is meant.</summary>
public enum CongruenceKernel
{
    /// <summary>The paper's: a Gaussian kernel by its Taylor series.</summary>
    Rbf,

    /// <summary>Inner products; the Frobenius norm of the difference over N², as torchdistill has it.</summary>
    Bilinear,

    /// <summary>Products of the absolute differences of neighbouring samples, as RepDistiller has it.</summary>
    NeighbourProduct,
}

/// <summary>The matrix of correlations between the samples of a batch should be the teacher's.</summary>
/// <remarks>
/// <para><b>Paper.</b> Peng et al., "Correlation Congruence for Knowledge Distillation", ICCV 2019, arXiv:1904.01802.</para>
/// <para><b>Equation.</b> K_ij = Σ_{p=0..P} e^{−2γ} (2γ)^p / p! · ⟨e_i, e_j⟩^p of embeddings at unit length; the loss is the
/// mean over N²
/// entries of (K_student − K_teacher)².</para>
/// <para><b>Needs.</b> A feature of each role, which a linear embedding of equal width follows; beside <c>kd</c>. The paper draws
/// batches by class.</para>
/// <para><b>Variants.</b> <c>kernel: bilinear</c> and <c>neighbour-product</c> are what two toolkits compute under this name. The
/// teacher's embedding stays as it was drawn: trained by this loss it would collapse together with the student's.</para>
/// </remarks>
[Method("cc", Title = "Correlation congruence", Family = MethodFamily.Relation, Year = 2019, Paper = "arXiv:1904.01802")]
public sealed class CorrelationCongruence(CorrelationCongruenceOptions options) : Criterion(options)
{
    private readonly CorrelationCongruenceOptions _options = options;
    private Linear? _student;
    private Linear? _teacher;

    /// <inheritdoc/>
    public override void Prepare(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        long from = signals.Student.Tap(_options.StudentTap).Flatten(1).Size(1);
        long to = signals.Teacher.Tap(_options.TeacherTap).Flatten(1).Size(1);
        _student = Own("student_embedding", new Linear(from, _options.Width));
        _teacher = Own("teacher_embedding", new Linear(to, _options.Width));
        _teacher.SetTrainable(false);
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) => Loss(
        _student!.Call(signals.Student.Tap(_options.StudentTap).Flatten(1)),
        _teacher!.Call(signals.Teacher.Tap(_options.TeacherTap).Flatten(1)), _options.Kernel, _options.Gamma, _options.Order);

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student embeddings, [N, D], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher embeddings, [N, D]. No gradient flows here.</param>
    /// <param name="kernel">Which formula.</param>
    /// <param name="gamma">γ of the Gaussian kernel.</param>
    /// <param name="order">P, the highest power of its series.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ, or are no [N, D].</exception>
    public static Tensor Loss(
        Tensor student, Tensor teacher, CongruenceKernel kernel = CongruenceKernel.Rbf, double gamma = 0.4, int order = 2)
    {
        Shapes.RequireDimensions(student, 2);
        Shapes.RequireSame(student, teacher);
        using var scope = new TensorScope();
        Tensor found = student.AtLeastFloat32(), wanted = teacher.AsTarget();
        return scope.Keep(kernel switch
        {
            CongruenceKernel.Bilinear =>
                (found.MatMul(found.T()) - wanted.MatMul(wanted.T())).Norm(p: 2, dim: [0, 1]) / Math.Pow(student.Size(0), 2),
            CongruenceKernel.NeighbourProduct => NeighbourProduct((found - wanted).Abs()),
            _ => Gaussian(found, gamma, order).MseLoss(Gaussian(wanted, gamma, order)),
        });
    }

    private static Tensor NeighbourProduct(Tensor difference)
    {
        long pairs = difference.Size(0) - 1;
        return (difference.Narrow(0, 0, pairs) * difference.Narrow(0, 1, pairs)).Sum(1).Mean();
    }

    private static Tensor Gaussian(Tensor embeddings, double gamma, int order)
    {
        Tensor unit = embeddings.UnitLength(1), cosines = unit.MatMul(unit.T());
        double factor = Math.Exp(-2 * gamma);
        Tensor power = cosines.OnesLike(), sum = power * factor;
        for (int p = 1; p <= order; p++)
        {
            factor *= 2 * gamma / p;
            power *= cosines;
            sum += power * factor;
        }

        return sum;
    }

    [Golden("cc")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor student = vector["student_embed"], teacher = vector["teacher_embed"];
        return new GoldenOutputs
        {
            ["loss"] = Loss(student, teacher, CongruenceKernel.Rbf, vector.Number("gamma"), vector.Integer("P_order")),
            ["loss_repdistiller_neighbour_product"] = Loss(student, teacher, CongruenceKernel.NeighbourProduct),
        };
    }
}

/// <summary>What a recipe may write under <c>cc:</c>. The weight is the one of public benchmarks.</summary>
public sealed record CorrelationCongruenceOptions() : TapOptions(TapPath.LastFeature, weight: 0.02)
{
    /// <summary>Which formula.</summary>
    public CongruenceKernel Kernel { get; init; }

    /// <summary>γ of the Gaussian kernel.</summary>
    [Range(0, 100, MinimumIsExclusive = true)]
    [Tunable(0.1, 2, Log = true)]
    public double Gamma { get; init; } = 0.4;

    /// <summary>P, the highest power of its Taylor series.</summary>
    [Range(1, 20)]
    public int Order { get; init; } = 2;

    /// <summary>How wide the embeddings are.</summary>
    [Range(1, 65536)]
    public int Width { get; init; } = 128;
}
