using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.Sequences.TokenMath;

namespace Retort.Methods.Sequences;

/// <summary>The student chases a target that moves from itself to the teacher.</summary>
/// <remarks>
/// <para><b>Paper.</b> Shing et al., "TAID: Temporally Adaptive Interpolated Distillation for Efficient Knowledge Transfer in
/// Language Models", ICLR 2025, arXiv:2501.16937.</para>
/// <para><b>Equation.</b> p_t = softmax((1 − t) z_student + t z_teacher), a constant; the mean over the positions that count of
/// −Σ_v p_t log p_student. At t = 1 it is <c>token-forward-kl</c>.</para>
/// <para><b>Schedule.</b> t is at least its floor, a line in the paper, and runs ahead of it by α sigmoid(m) (1 − t) a step,
/// m being the smoothed relative fall of the loss (<see cref="AdaptiveInterpolation"/>). t and m are part of checkpoints.</para>
/// <para><b>Needs.</b> Logits of both on the same tokens, [N, T, V] each, and labels [N, T].</para>
/// <para><b>Variants.</b> With a rate of 0, t is the floor alone: the paper's linear ablation.</para>
/// </remarks>
[Method("taid", Title = "Temporally adaptive interpolated distillation", Family = MethodFamily.Sequence,
    Year = 2025, Paper = "arXiv:2501.16937")]
public sealed class InterpolatedDistillation(InterpolatedDistillationOptions options) : TokenCriterion(options)
{
    private readonly InterpolatedDistillationOptions _options = options;

    private SampleStore? _state;

    /// <inheritdoc/>
    public override void Prepare(Signals signals) => _state = Own("state", new SampleStore(1, 4));

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals, Tensor student, Tensor teacher, Tensor mask) =>
        Loss(student, teacher, mask, Now(signals).Value);

    /// <inheritdoc/>
    protected override void Remember(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        using var scope = new TensorScope();
        double floor = _options.Interpolation.At(signals.Clock), end = _options.Interpolation.Bounds.Greatest;
        AdaptiveInterpolation next = Now(signals).After(Compute(signals).ToDouble(), floor, end, _options.Rate, _options.Decay);
        Tensor row = Tensor.From([1.0, next.Value, next.Momentum, next.Before ?? 0], [1, 4]);
        _state!.Write(Tensor.Zeros(DType.Int64, 1).To(_state.Rows.Device), row.To(_state.Rows.Device));
    }

    // A row that begins with 0 was never written.
    private AdaptiveInterpolation Now(Signals signals)
    {
        float[] row = (_state ?? throw new InvalidOperationException("the term was not prepared.")).Rows.ToArray<float>();
        return row[0] == 0
            ? new AdaptiveInterpolation(_options.Interpolation.At(signals.Clock))
            : new AdaptiveInterpolation(row[1], row[2], row[3]);
    }

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student logits, [N, T, V], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher logits, [N, T, V]. No gradient flows here.</param>
    /// <param name="mask">Which positions count, [N, T], true or not 0.</param>
    /// <param name="interpolation">t in [0, 1].</param>
    /// <returns>A scalar, float32 or wider; 0 where no position counts.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, Tensor mask, double interpolation)
    {
        RequireTokens(student, teacher, mask);
        using var scope = new TensorScope();
        Tensor found = student.AtLeastFloat32();
        Tensor target = (found.Detach() * (1 - interpolation) + teacher.AsTarget() * interpolation).Softmax(-1);
        return scope.Keep(CrossEntropy(target, found.LogSoftmax(-1)).MeanOver(mask));
    }

    [Golden("taid")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        double start = vector.Number("t_start"), end = vector.Number("t_end");
        int steps = vector.Integer("num_train_steps");
        var adaptive = new AdaptiveInterpolation(start);
        var values = new List<double>();
        var momenta = new List<double>();
        foreach (double loss in vector["losses"].Detach().To(DType.Float64).ToArray<double>())
        {
            double floor = start + (end - start) * values.Count / steps;
            adaptive = adaptive.After(loss, floor, end, vector.Number("alpha"), vector.Number("beta"));
            values.Add(adaptive.Value);
            momenta.Add(adaptive.Momentum);
        }

        return new GoldenOutputs
        {
            ["loss"] = Loss(vector["student_logits"], vector["teacher_logits"], vector.Labels("mask"), start),
            ["t_trace"] = Tensor.From(values.ToArray()),
            ["momentum_trace"] = Tensor.From(momenta.ToArray()),
        };
    }
}

/// <summary>What a recipe may write under <c>taid:</c>.</summary>
public sealed record InterpolatedDistillationOptions : CriterionOptions
{
    /// <summary>What t is at least over the training, its greatest value what t is at most; from 0.2 where the gap between the
    /// nets is wide.</summary>
    [Range(0, 1)]
    public Schedule Interpolation { get; init; } = Schedule.Linear(0.4, 1);

    /// <summary>α, how far t runs ahead of its floor in a step; 0 keeps it there.</summary>
    [Range(0, 1)]
    public double Rate { get; init; } = 5e-4;

    /// <summary>β, how slowly the smoothed fall of the loss changes.</summary>
    [Range(0, 1, MaximumIsExclusive = true)]
    public double Decay { get; init; } = 0.99;
}
