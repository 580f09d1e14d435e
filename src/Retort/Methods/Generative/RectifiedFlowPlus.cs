using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;

namespace Retort.Methods.Generative;

/// <summary>One round of reflow, trained where the error is: at both ends of time, and robustly.</summary>
/// <remarks>
/// <para><b>Paper.</b> Lee et al., "Improving the Training of Rectified Flows", NeurIPS 2024, arXiv:2405.20320, section 4.</para>
/// <para><b>Equation.</b> With d = u_θ(z_t, t) − (z − x) of D dimensions: (√(|d|² + c²) − c) / D, c = 0.00054 D, mean over the
/// batch; t drawn from p(t) ∝ e^{at} and as often from its mirror image, a = 4, then held in [10⁻⁵, 1 − 10⁻⁵].</para>
/// <para><b>Needs.</b> A student with <c>parameterization: flow</c>, and samples with the field <c>noise</c> that a <c>sample</c>
/// stage leaves (<c>train_on</c>): the noise each was generated from.</para>
/// <para><b>Variants.</b> The paper adds LPIPS on pictures, weighted by time; here its loss is the Huber term alone.</para>
/// </remarks>
[Method("rfpp", Title = "Rectified flow++", Family = MethodFamily.Generative, Year = 2024, Paper = "arXiv:2405.20320")]
[RecipeExample(Student = "{ model: mlp-denoiser, parameterization: flow }", Before = "sample: { name: pairs, model: teacher }",
    Stage = "train_on: pairs")]
public sealed class RectifiedFlowPlus(RectifiedFlowPlusOptions options) : GenerativeCriterion(options)
{
    private const double Margin = 1e-5;
    private const double ScaleEach = 0.00054;
    private readonly RectifiedFlowPlusOptions _options = options;

    /// <inheritdoc/>
    public override bool IsTask => true;

    /// <inheritdoc/>
    protected override Tensor Loss(Signals signals)
    {
        Tensor samples = SamplesOf(signals), noise = FlowMatching.NoiseOf(signals.Batch, samples);
        Tensor time = Times(samples.UniformEach(), samples.UniformEach(), _options.Steepness);
        return HuberEach(FlowMatching.Errors(Student, samples, noise, time)).Mean();
    }

    /// <summary>The robust distance of each sample.</summary>
    /// <param name="errors">d, [N, …].</param>
    /// <returns>[N], at least 0.</returns>
    public static Tensor HuberEach(Tensor errors)
    {
        Shapes.RequireBatched(errors);
        double size = errors.NumElements / (double)errors.Size(0), c = ScaleEach * size;
        return ((errors.AtLeastFloat32().Square().SumEach() + c * c).Sqrt() - c) / size;
    }

    /// <summary>The density of one arm: a e^{at} / (e^a − 1).</summary>
    /// <param name="time">From 0 to 1, any shape.</param>
    /// <param name="steepness">a.</param>
    public static Tensor Density(Tensor time, double steepness = 4)
    {
        ArgumentNullException.ThrowIfNull(time);
        return (time * steepness).Exp() * (steepness / (Math.Exp(steepness) - 1));
    }

    /// <summary>Mean squared distance of a path's pieces from the straight line between its ends.</summary>
    /// <param name="path">Points from noise to data, [T + 1, N, …].</param>
    public static Tensor Bend(Tensor path)
    {
        Shapes.RequireBatched(path, atLeast: 2);
        long steps = path.Size(0) - 1;
        Tensor pieces = (path.Narrow(0, 0, steps) - path.Narrow(0, 1, steps)) * steps;
        return (pieces - (path[0] - path[steps]).Unsqueeze(0)).Square().Mean();
    }

    // The inverse of the arm's distribution function; a coin decides which arm.
    private static Tensor Times(Tensor uniform, Tensor coin, double steepness)
    {
        Tensor arm = (uniform * (Math.Exp(steepness) - 1) + 1).Log() / steepness;
        return Ops.Where(coin < 0.5, arm, 1 - arm) * (1 - 2 * Margin) + Margin;
    }

    [Golden("rfpp")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor each = HuberEach(vector["pred"] - vector["target"]);
        Tensor mean = each.Mean();
        return new()
        {
            ["loss"] = mean,
            ["huber_mean"] = mean,
            ["huber_per_sample"] = each,
            ["pdf"] = Density(vector["pdf_at"], vector.Number("a")),
            ["straightness"] = Bend(vector["traj"]),
        };
    }
}

/// <summary>What a recipe may write under <c>rfpp:</c>.</summary>
public sealed record RectifiedFlowPlusOptions : CriterionOptions
{
    /// <summary>a, how much more often times near 0 and 1 are drawn; 4 in the paper.</summary>
    [Range(0, 100, MinimumIsExclusive = true)]
    public double Steepness { get; init; } = 4;
}
