using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Models.Generative;
using Retort.Torch;

namespace Retort.Methods.Generative;

/// <summary>Between seeking a mode and standing for a distribution: the follower counts by a share without its view.</summary>
/// <remarks>
/// <para><b>Paper.</b> Wang et al., "Taming Mode Collapse in Score Distillation for Text-to-3D Generation", CVPR 2024,
/// arXiv:2401.00909, equation 9.</para>
/// <para><b>Equation.</b> x = g(z), x_t = x + σε: the gradient in x is w (ε_real(x_t) − λ ε_fake(x_t) − (1 − λ) ε_fake(x_t |
/// view)), w = σ² / (1 + σ²), and the loss ½ |x − sg(x − gradient)|², summed over a sample's elements, mean over the batch. Of a
/// follower without conditions the last is ε, what is known of a sample that is itself known: then λ = 0 is <c>sds</c> and λ = 1
/// <c>vsd</c>.</para>
/// <para><b>Needs.</b> What <c>vsd</c> needs. A follower with conditions learns to do without them by <c>edm: { untold: 0.1
/// }</c>.</para>
/// <para><b>Variants.</b> For a Gaussian target of variances P and one level σ, those of the result are max(0, λP − (1 −
/// λ)σ²).</para>
/// </remarks>
[Method("esd", Title = "Entropic score distillation", Family = MethodFamily.Generative, Year = 2024, Paper = "arXiv:2401.00909")]
[RecipeExample(Student = "{ model: points }\n  follower: { model: mlp-denoiser }",
    Stage = "peers: [follower]\n      trainer: { alternating: { criteria: [{ edm: { from: student } }] } }")]
public sealed class EntropicScore(EntropicScoreOptions options) : ScoreDistillation(options)
{
    private readonly EntropicScoreOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Loss(Signals signals)
    {
        DistributionMatching.RequirePeer(this, Teachers.Count);
        return base.Loss(signals);
    }

    /// <inheritdoc/>
    protected override Tensor Expected(Tensor noisy, Tensor sigma, Tensor noise)
    {
        Denoiser follower = Teachers[^1];
        Tensor known = follower.Conditions > 0 ? NoiseIn(follower, noisy, sigma) : noise;
        using IDisposable nothing = follower.Given(null);
        return Expected(NoiseIn(follower, noisy, sigma), known, _options.Lambda);
    }

    /// <summary>e, of the noise that is seen in all samples and in what is known of each.</summary>
    internal static Tensor Expected(Tensor all, Tensor known, double lambda) => known + (all - known) * lambda;

    // The vector's factors a and s keep no variance, and its loss is taken of x_t = a·(x + σε), σ = s / a; w / s is 1 − a.
    [Golden("score-distillation-gaussian")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor mean = vector["q_mu"].SetRequiresGrad(), factor = vector["q_sigma"].SetRequiresGrad(), noise = vector["eps"];
        Tensor data = vector["alpha"].Unsqueeze(1), share = vector["sigma"].Unsqueeze(1);
        Tensor sigma = vector["sigma"] / vector["alpha"];
        Tensor noisy = (mean + vector["c"].MatMul(factor.T())).Noised(sigma, noise), seen = noisy.Detach();
        Tensor all = NoiseIn(ToyDenoiser.Gaussian(mean.Detach(), factor.Detach()), seen, sigma);
        Tensor likely = NoiseIn(ToyDenoiser.Gaussian(vector["p_mu"], vector["p_sigma"]), seen, sigma);
        var found = new GoldenOutputs();
        void Add(string name, Tensor expected)
        {
            Tensor update = (1 - data) * (likely - expected), loss = ScorePull.Summed(noisy * data, update);
            Tensor?[] slopes = Autograd.Grad([loss], [mean, factor], retainGraph: true);
            found[$"{name}_loss"] = loss;
            found[$"{name}_update"] = update;
            found[$"{name}_grad:q_mu"] = slopes[0]!;
            found[$"{name}_grad:q_sigma"] = slopes[1]!;
        }

        Add("sds", ScoreSampling.Expected(noise, share, NoiseTerm.Raw));
        Add("vsd", ScoreSampling.Expected(noise, share, NoiseTerm.Exact));
        Add("esd", Expected(all, noise, vector.Number("lambda")));
        return found;
    }
}

/// <summary>What a recipe may write under <c>esd:</c>.</summary>
public sealed record EntropicScoreOptions : ScoreDistillationOptions
{
    /// <summary>λ, what entropy over views counts: 0 seeks modes of each view alone.</summary>
    [Range(0.0, 1.0)]
    public double Lambda { get; init; } = 0.5;
}
