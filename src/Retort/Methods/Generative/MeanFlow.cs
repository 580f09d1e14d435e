using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Models.Generative;
using Retort.Torch;

namespace Retort.Methods.Generative;

/// <summary>The mean velocity of a stretch of the path is learned, so that one step goes all the way.</summary>
/// <remarks>
/// <para><b>Paper.</b> Geng et al., "Mean Flows for One-step Generative Modeling", NeurIPS 2025, arXiv:2505.13447, algorithm
/// 1.</para>
/// <para><b>Equation.</b> z = (1 − t) x + t ε, v = ε − x, and du the derivative of u_θ(z, t, r) along (v, 1, 0), in forward mode.
/// With d = u_θ − sg(v − (t − r) du): Σ d² / sg(Σ d² + c)^p a sample, mean over the batch.</para>
/// <para><b>Needs.</b> Samples [N, …] and a student with <c>parameterization: flow, interval: true</c>. With a teacher its
/// velocity takes the place of v: distillation.</para>
/// <para><b>Variants.</b> Here t and r are uniform, and equal for a share of the samples; the paper draws them
/// log-normally.</para>
/// </remarks>
[Method("meanflow", Title = "Mean flows", Family = MethodFamily.Generative, Year = 2025, Paper = "arXiv:2505.13447")]
[RecipeExample(Student = "{ model: mlp-denoiser, parameterization: flow, interval: true }")]
public sealed class MeanFlow(MeanFlowOptions options) : GenerativeCriterion(options)
{
    private const double NormFloor = 1e-3;
    private readonly MeanFlowOptions _options = options;

    /// <inheritdoc/>
    public override bool IsTask => true;

    /// <inheritdoc/>
    protected override Tensor Loss(Signals signals)
    {
        Tensor samples = SamplesOf(signals), noise = samples.RandnLike(), a = samples.UniformEach(), b = samples.UniformEach();
        Tensor time = a.Maximum(b), until = Ops.Where(samples.UniformEach() < _options.Spread, a.Minimum(b), time);
        return Loss(Student, Teachers.Count > 0 ? Teacher : null, samples, noise, time, until, _options.Power);
    }

    /// <summary>The loss itself, for given moments and noise.</summary>
    /// <param name="student">A network of intervals. Gradients flow into its weights.</param>
    /// <param name="teacher">Gives the velocity; null for that of the straight path.</param>
    /// <param name="samples">x, [N, …].</param>
    /// <param name="noise">ε, [N, …].</param>
    /// <param name="time">t, 0 for data and 1 for noise, [N].</param>
    /// <param name="until">r, at most t, [N].</param>
    /// <param name="power">p.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ShapeException">Samples and noise differ in shape.</exception>
    public static Tensor Loss(
        Denoiser student, Denoiser? teacher, Tensor samples, Tensor noise, Tensor time, Tensor until, double power)
    {
        ArgumentNullException.ThrowIfNull(student);
        ArgumentNullException.ThrowIfNull(time);
        Shapes.RequireSame(samples, noise);
        Tensor state = FlowMatching.Between(samples, noise, time), velocity, slope;
        using (Autograd.NoGrad())
        {
            velocity = teacher is null ? noise - samples : teacher.Velocity(state, time);
            using ForwardLevel level = Autograd.Forward();
            Tensor moved = student.Velocity(
                level.Dual(state, velocity), level.Dual(time, time.OnesLike()), level.Dual(until, until.ZerosLike()));
            slope = (level.Tangent(moved) ?? moved.ZerosLike()).Detach();
        }

        Tensor target = (velocity - Denoiser.Spread(time - until, state) * slope).Detach();
        Tensor each = (student.Velocity(state, time, until) - target).Square().SumEach();
        return (each / (each.Detach() + NormFloor).Pow(power)).Mean();
    }

    [Golden("meanflow")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor a = vector.Leaf("a", vector.Number("a")), b = vector.Leaf("b", vector.Number("b"));
        ToyDenoiser net = ToyDenoiser.Flow((z, t, r) =>
        {
            Tensor time = Denoiser.Spread(t, z);
            return a * z * (1 + time) + b * z.Tanh() * (time - Denoiser.Spread(r!, z));
        });
        return Loss(net, null, vector["x"], vector["e"], vector["t"], vector["r"], vector.Number("norm_p"));
    }
}

/// <summary>What a recipe may write under <c>meanflow:</c>.</summary>
public sealed record MeanFlowOptions : CriterionOptions
{
    /// <summary>The share of samples whose interval has a length.</summary>
    [Range(0, 1)]
    public double Spread { get; init; } = 0.5;

    /// <summary>p, how much large errors are held back; 1 in the paper for ImageNet, 0.75 for CIFAR-10.</summary>
    [Range(0, 2)]
    public double Power { get; init; } = 1;
}
