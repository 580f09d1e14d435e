using Retort.Diffusion.Levels;
using Retort.Distillation;
using Retort.Golden;
using Retort.Models.Generative;
using Retort.Torch;

namespace Retort.Methods.Generative;

/// <summary>Scenes that stand for a distribution: what is taken off is the noise that a second network sees in their own
/// pictures.</summary>
/// <remarks>
/// <para><b>Paper.</b> Wang et al., "ProlificDreamer: High-Fidelity and Diverse Text-to-3D Generation with Variational Score
/// Distillation", NeurIPS 2023, arXiv:2305.16213, equation 9.</para>
/// <para><b>Equation.</b> x = g(z), x_t = x + σε: the gradient in x is w (ε_real(x_t) − ε_fake(x_t)), w = σ² / (1 + σ²), and the
/// loss ½ |x − sg(x − gradient)|², summed over a sample's elements, mean over the batch. ε_fake follows what the student makes
/// (<c>edm</c> with <c>from</c>), and is told the view but not guided.</para>
/// <para><b>Needs.</b> A student that makes samples of noise, a frozen teacher that denoises, and a peer that follows the
/// student: <c>trainer: alternating</c>. Samples serve for their shape and, where networks take conditions (views, classes), for
/// their labels.</para>
/// <para><b>Variants.</b> The paper's guidance is 7.5, its follower a low-rank change of the teacher; after 5000 steps it draws
/// levels up to a half alone: a second stage with <c>levels: { ddpm: { to: 0.5 } }</c>. SwiftBrush (arXiv:2312.05239) is the
/// same with a one-step generator for a student, a guided follower, and the mean over elements.</para>
/// </remarks>
[Method("vsd", Title = "Variational score distillation (ProlificDreamer)", Family = MethodFamily.Generative, Year = 2023,
    Paper = "arXiv:2305.16213")]
[RecipeExample(Student = "{ model: points }\n  follower: { model: mlp-denoiser }",
    Stage = "peers: [follower]\n      trainer: { alternating: { criteria: [{ edm: { from: student } }] } }")]
public sealed class VariationalScore(VariationalScoreOptions options) : ScoreDistillation(options)
{
    /// <inheritdoc/>
    protected override Tensor Loss(Signals signals)
    {
        DistributionMatching.RequirePeer(this, Teachers.Count);
        return base.Loss(signals);
    }

    /// <inheritdoc/>
    protected override Tensor Expected(Tensor noisy, Tensor sigma, Tensor noise) => NoiseIn(Teachers[^1], noisy, sigma);

    [Golden("swiftbrush-vsd")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        double guidance = vector.Number("guidance_scale");
        Tensor samples = vector["x0"], level = Denoiser.Spread(DdpmLevels.At(vector["timesteps"]), samples);
        Tensor Seen(string network) => Guided(vector[$"{network}_cond"], vector[$"{network}_uncond"], guidance);
        (Tensor data, _) = NoiseConversion.Factors(NoiseConvention.Preserving, level);
        Tensor follower = ((vector["fake_eps"] - vector["noise"]) * data).Square().Mean();
        Tensor pulled = ScorePull.Along(samples, NoiseShare(level) * (Seen("teacher") - Seen("fake")));

        // The vector's gradient in the follower's answer is that of its own loss.
        return new() { ["loss"] = pulled + (follower - follower.Detach()), ["loss_fake"] = follower };
    }
}

/// <summary>What a recipe may write under <c>vsd:</c>.</summary>
public sealed record VariationalScoreOptions : ScoreDistillationOptions;
