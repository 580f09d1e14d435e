using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Logits;

/// <summary>Nets trained together: each sample leans on the forward or the reverse divergence by who is surer of it.</summary>
/// <remarks>
/// <para><b>Paper.</b> Amara et al., "BD-KD: Balancing the Divergences for Online Knowledge Distillation",
/// arXiv:2212.12965.</para>
/// <para><b>Equation.</b> With p softmaxes at temperature τ, F = KL(p_teacher ‖ p_student) and R = KL(p_student ‖ p_teacher) of a
/// sample: the student's loss is τ² mean(δF + R) over the samples that it is surer of than its teacher (its entropy is lower),
/// and τ² mean(F + δR) over the others. The teacher's own loss is τ² mean KL(p_teacher ‖ p_student). The other net is a constant
/// in each, and so are the entropies.</para>
/// <para><b>Needs.</b> Logits [N, K] of a net and of its peers, with <c>trainer: mutual</c> and a cross-entropy of weight 1;
/// <c>teacher</c> names the larger net. Without it each net is the student of the others, and the loss is the mean over
/// them.</para>
/// <para><b>Variants.</b> The published text leaves the weights' exact form open; this is the form of two levels, 1 and δ.</para>
/// </remarks>
[Method("bd-kd", Title = "Balanced divergences", Family = MethodFamily.Mutual, Year = 2022, Paper = "arXiv:2212.12965")]
public sealed class BalancedDivergence(BalancedDivergenceOptions options) : Criterion(options)
{
    private readonly BalancedDivergenceOptions _options = options;
    private bool _isTeacher;

    /// <inheritdoc/>
    public override void Attach(Attachment attachment)
    {
        ArgumentNullException.ThrowIfNull(attachment);
        if (_options.Teacher is not { } teacher)
            return;
        string[] names = [attachment.Student.Name, .. attachment.Teachers.Select(t => t.Name)];
        if (!names.Contains(teacher))
        {
            throw new ArgumentException(
                $"'teacher: {teacher}' is none of the networks that learn together: {string.Join(", ", names)}.");
        }
        _isTeacher = attachment.Student.Name == teacher;
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        double temperature = _options.Temperature.At(signals.Clock);
        Tensor? total = null;
        foreach (RoleSignals peer in signals.Teachers)
        {
            Tensor loss = _isTeacher
                ? TeacherLoss(signals.Student.Logits, peer.Logits, temperature)
                : Loss(signals.Student.Logits, peer.Logits, temperature, _options.Delta);
            total = total is null ? loss : total + loss;
        }

        return total! / signals.Teachers.Count;
    }

    /// <summary>The student's loss, as a function of tensors alone.</summary>
    /// <param name="student">Student logits, [N, K], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Logits of the net that it learns from, [N, K]. No gradient flows here.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <param name="delta">δ, at least 1: how much more the stressed divergence counts. At 1 both count alike.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ, or are no [N, K].</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, double temperature = 4, double delta = 2)
    {
        RequireLogits(student, teacher);
        RequirePositive(temperature);
        ArgumentOutOfRangeException.ThrowIfLessThan(delta, 1);
        using var scope = new TensorScope();
        Tensor found = student.AtLeastFloat32() / temperature, wanted = teacher.AsTarget() / temperature;
        Tensor forward = KlDivergence(wanted, found, dim: 1), reverse = KlDivergence(found, wanted, dim: 1);   // [N]
        Tensor isSurer = Entropy(found.Detach()).Lt(Entropy(wanted)).To(forward.DType);
        Tensor each = forward * (isSurer * (delta - 1) + 1) + reverse * (delta - isSurer * (delta - 1));
        return scope.Keep(each.Mean() * (temperature * temperature));
    }

    /// <summary>The teacher's own loss: it keeps near what its student can follow.</summary>
    /// <param name="teacher">Logits of the larger net, [N, K], any floating dtype. Gradients flow here.</param>
    /// <param name="student">Logits of the net that learns from it, [N, K]. No gradient flows here.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ, or are no [N, K].</exception>
    public static Tensor TeacherLoss(Tensor teacher, Tensor student, double temperature = 4)
    {
        RequireLogits(teacher, student);
        RequirePositive(temperature);
        using var scope = new TensorScope();
        Tensor own = teacher.AtLeastFloat32() / temperature, other = student.AsTarget() / temperature;
        return scope.Keep(KlDivergence(own, other, dim: 1).Mean() * (temperature * temperature));
    }

    private static Tensor Entropy(Tensor logits)
    {
        Tensor log = logits.LogSoftmax(1);
        return -(log.Exp() * log).Sum(1);
    }
}

/// <summary>What a recipe may write under <c>bd-kd:</c>.</summary>
public sealed record BalancedDivergenceOptions : CriterionOptions
{
    /// <summary>τ of both softmaxes.</summary>
    [Tunable(1, 8)]
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public Schedule Temperature { get; init; } = Schedule.Constant(4);

    /// <summary>δ: how much more the stressed divergence of a sample counts than the other.</summary>
    [Tunable(1, 4)]
    [Range(1, 1000)]
    public double Delta { get; init; } = 2;

    /// <summary>The role that the others learn from: it takes the reverse divergence alone. The default is none: each learns from
    /// all others.</summary>
    public string? Teacher { get; init; }
}
