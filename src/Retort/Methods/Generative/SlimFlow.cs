using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Models.Generative;
using Retort.Torch;

namespace Retort.Methods.Generative;

/// <summary>A small flow that cannot begin with a large one's weights goes from chance pairs to the large one's pairs by
/// degrees.</summary>
/// <remarks>
/// <para><b>Paper.</b> Zhu, Liu and Liu, "SlimFlow: Training Smaller One-Step Diffusion Models with Rectified Flow", ECCV 2024,
/// arXiv:2407.12718: annealing reflow and flow-guided distillation.</para>
/// <para><b>Equation.</b> Of a pair (x, z): z′ = √(1 − β²) z + β ε with fresh noise ε, and |u_θ(z_t, t) − (z′ − x)|² at z_t =
/// (1 − t) x + t z′, mean over all elements, as <c>rectified-flow</c> has it; β falls from 1, where pairs are chance, to 0. With
/// a guidance weight, of the noise end t₁ = 1 − 10⁻³ besides: |u_θ(z, t₁) − (z − y)|², where y is where two steps lead, the
/// student's own (without gradients) to a time t uniform in [0.2, 0.8] and the teacher's from there to 0.</para>
/// <para><b>Needs.</b> A student with <c>parameterization: flow</c>, and samples with the field <c>noise</c> that a <c>sample</c>
/// stage leaves (<c>train_on</c>). With a guidance weight a teacher that denoises: the student's own flow before distillation, in
/// the paper.</para>
/// <para><b>Variants.</b> The paper's time runs the other way; it compares pictures by LPIPS in distillation, here by
/// squares.</para>
/// </remarks>
[Method("slimflow", Title = "SlimFlow", Family = MethodFamily.Generative, Year = 2024, Paper = "arXiv:2407.12718")]
[RecipeExample(Student = "{ model: mlp-denoiser, parameterization: flow }", Before = "sample: { name: pairs, model: teacher }",
    Stage = "train_on: pairs")]
public sealed class SlimFlow(SlimFlowOptions options) : GenerativeCriterion(options)
{
    private const double Margin = 1e-3;
    private const double Earliest = 0.2, Latest = 0.8;
    private readonly SlimFlowOptions _options = options;

    /// <inheritdoc/>
    public override bool IsTask => true;

    /// <inheritdoc/>
    public override bool NeedsTeacher => _options.Guidance > 0;

    /// <inheritdoc/>
    protected override Tensor Loss(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        Tensor samples = SamplesOf(signals), noise = FlowMatching.NoiseOf(signals.Batch, samples);
        Tensor mixed = Annealed(noise, noise.RandnLike(), _options.Annealing.At(signals.Clock));
        Tensor drawn = samples.UniformEach(), time = _options.Steps is { } steps
            ? ((drawn * steps).Floor().ClampMax(steps - 1) + 1) / steps
            : drawn * (1 - Margin);
        Tensor pairs = FlowMatching.Errors(Student, samples, mixed, time).Square().Mean();
        if (_options.Guidance == 0)
            return pairs;
        Tensor between = samples.UniformEach() * (Latest - Earliest) + Earliest;
        return pairs + Guided(Student, Teacher, noise, between) * _options.Guidance;
    }

    /// <summary>The noise of a pair on its way from chance to the pair's own: √(1 − β²) z + β ε.</summary>
    /// <param name="noise">z, [N, …].</param>
    /// <param name="fresh">ε, [N, …].</param>
    /// <param name="share">β, from 0 (the pair) to 1 (chance).</param>
    public static Tensor Annealed(Tensor noise, Tensor fresh, double share)
    {
        Shapes.RequireSame(noise, fresh);
        return noise * Math.Sqrt(1 - share * share) + fresh * share;
    }

    /// <summary>How far the student's step from noise is from where its own step and the teacher's lead.</summary>
    /// <param name="student">Gradients flow into its weights.</param>
    /// <param name="teacher">Goes the rest of the way.</param>
    /// <param name="noise">z, [N, …].</param>
    /// <param name="time">t, where the teacher takes over, 0 for data and 1 for noise, [N].</param>
    /// <returns>A scalar: the mean square over all elements.</returns>
    public static Tensor Guided(Denoiser student, Denoiser teacher, Tensor noise, Tensor time)
    {
        ArgumentNullException.ThrowIfNull(student);
        ArgumentNullException.ThrowIfNull(teacher);
        ArgumentNullException.ThrowIfNull(noise);
        Tensor found = student.Velocity(noise, Denoiser.LevelsOf(noise, 1 - Margin)), end;
        using (Autograd.NoGrad())
        {
            Tensor spread = Denoiser.Spread(time, noise), state = noise - (1 - spread) * found.Detach();
            end = state - spread * teacher.Velocity(state, time);
        }

        return (found - (noise - end)).Square().Mean();
    }

    [Golden("slimflow-annealing-reflow")]
    private static GoldenOutputs GoldenAnnealing(GoldenInputs vector)
    {
        double[] student = vector.Numbers("student");
        Tensor mixed = Annealed(vector["noise"], vector["fresh"], vector.Number("beta"));
        return FlowMatching.Errors(RectifiedFlow.Toy(vector, student[0], student[1]), vector["data"], mixed, 1 - vector["t"])
            .Square().Mean();
    }

    [Golden("slimflow-guided-distill")]
    private static GoldenOutputs GoldenGuided(GoldenInputs vector)
    {
        double[] student = vector.Numbers("student"), teacher = vector.Numbers("teacher");
        ToyDenoiser frozen = ToyDenoiser.Flow((z, t, _) =>
            -(z * teacher[0] + z.Tanh() * teacher[1] * (2 - Denoiser.Spread(t, z))));
        return Guided(RectifiedFlow.Toy(vector, student[0], student[1]), frozen, vector["noise"], 1 - vector["t"]);
    }
}

/// <summary>What a recipe may write under <c>slimflow:</c>.</summary>
public sealed record SlimFlowOptions : CriterionOptions
{
    /// <summary>β, how much of a pair's noise is chance: from 1 to 0 in the course of the training; in the paper within three
    /// fifths of it.</summary>
    [Range(0, 1)]
    public Schedule Annealing { get; init; } = Schedule.Linear(1, 0);

    /// <summary>What the teacher's end of the way counts; 0 leaves it out.</summary>
    [Range(0, double.MaxValue)]
    public double Guidance { get; init; }

    /// <summary>The steps that the flow is distilled into. The default trains all times.</summary>
    [Range(1, 100_000)]
    public int? Steps { get; init; }
}
