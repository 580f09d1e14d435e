using Retort.Distillation;
using Retort.Distillation.Projectors;
using Retort.Golden;
using Retort.Torch;
using Retort.Torch.Nn;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Features;

/// <summary>A layer of the student, through a learned regressor, imitates a layer of the teacher: a hint.</summary>
/// <remarks>
/// <para><b>Paper.</b> Romero et al., "FitNets: Hints for Thin Deep Nets", ICLR 2015, arXiv:1412.6550.</para>
/// <para><b>Equation.</b> The mean over all elements of (r(F_student) − F_teacher)². r is a convolution that brings the map to
/// the
/// teacher's size, batch-norm and ReLU; for [N, D] and [N, T, D] a linear layer.</para>
/// <para><b>Needs.</b> A feature of each role. Where no layer leads from the student's size to the teacher's (4 to 7, say) the
/// larger
/// map is average-pooled to the smaller first.</para>
/// <para><b>Variants.</b> The paper trains the student up to the hint on this loss alone and then the whole with <c>kd</c>: two
/// train
/// stages. Benchmarks add it to the label's loss in one. The paper halves the squared norm and sums over elements.</para>
/// </remarks>
[Method("fitnets", Title = "FitNets hints", Family = MethodFamily.Feature, Year = 2015, Paper = "arXiv:1412.6550")]
public sealed class FitNets(FitNetsOptions options) : Criterion(options)
{
    private readonly FitNetsOptions _options = options;
    private Module? _regressor;

    /// <inheritdoc/>
    public override void Prepare(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        (Tensor student, Tensor teacher) = Features(signals);
        if (!_options.Regressor)
        {
            Shapes.RequireSame(student, teacher);
            return;
        }

        _regressor = Own("regressor", student.Dimensions == 4 && teacher.Dimensions == 4
            ? new HintRegressor(student, teacher, _options.Relu)
            : (Module)Projector.Between(student, teacher, norm: false, _options.Relu));
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        (Tensor student, Tensor teacher) = Features(signals);
        return Loss(_regressor?.Call(student) ?? student, teacher);
    }

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">The student's feature after the regressor, any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">The teacher's feature, of the same shape. No gradient flows here.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher)
    {
        Shapes.RequireSame(student, teacher);
        using var scope = new TensorScope();
        return scope.Keep(student.AtLeastFloat32().MseLoss(teacher.AsTarget()));
    }

    private (Tensor Student, Tensor Teacher) Features(Signals signals)
    {
        Tensor student = signals.Student.Tap(_options.StudentTap), teacher = signals.Teacher.Tap(_options.TeacherTap);
        bool areMaps = student.Dimensions == 4 && teacher.Dimensions == 4 && _options.Regressor;
        return areMaps && !HintRegressor.CanLead(student, teacher) ? PoolToSmaller(student, teacher) : (student, teacher);
    }

    [Golden("fitnets")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor student = vector["student_feat"], teacher = vector["teacher_feat"];
        using var regressor = new HintRegressor(student, teacher, vector.Flag("relu", true));
        using IDisposable bound = vector.Bind(regressor);
        Tensor regressed = regressor.Call(student);
        return new GoldenOutputs { ["loss"] = Loss(regressed, teacher), ["regressed"] = regressed };
    }
}

/// <summary>What a recipe may write under <c>fitnets:</c>. The weight is the benchmarks' on CIFAR-100.</summary>
public sealed record FitNetsOptions() : TapOptions(TapPath.LastStage, weight: 100)
{
    /// <summary>Whether a ReLU ends the regressor: leave it out where the teacher's feature is tapped before one.</summary>
    public bool Relu { get; init; } = true;

    /// <summary>Whether a learned regressor stands between; without one the features must be of one shape, as where a network
    /// learns to compute what the teacher's next, frozen layers go on from.</summary>
    public bool Regressor { get; init; } = true;
}
