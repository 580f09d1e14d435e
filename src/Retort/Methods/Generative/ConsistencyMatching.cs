using Retort.Diffusion;
using Retort.Golden;
using Retort.Models.Generative;
using Retort.Torch;

namespace Retort.Methods.Generative;

/// <summary>What consistency models are trained by: the same answer at two neighbouring points of a path.</summary>
public static class ConsistencyMatching
{
    /// <summary>The loss, for given places on the grid and given noise.</summary>
    /// <param name="student">f_θ. Gradients flow into its weights.</param>
    /// <param name="target">f_θ⁻(x, σ), asked without gradients.</param>
    /// <param name="teacher">Whose path is followed by one Heun step; null for the straight line through the same noise.</param>
    /// <param name="samples">x₀, [N, …].</param>
    /// <param name="noise">ε, [N, …].</param>
    /// <param name="above">σ_n, the larger levels, [N].</param>
    /// <param name="below">σ_{n+1}, the neighbouring smaller ones, [N].</param>
    /// <param name="distance">How far two answers are apart, [N, …] each → [N]; null for the mean square.</param>
    /// <param name="weight">λ(σ_n), [N]; null for 1.</param>
    /// <returns>A loss a sample, [N].</returns>
    /// <exception cref="ShapeException">Samples and noise differ in shape.</exception>
    public static Tensor Losses(
        Denoiser student, Func<Tensor, Tensor, Tensor> target, Denoiser? teacher, Tensor samples, Tensor noise, Tensor above,
        Tensor below, Func<Tensor, Tensor, Tensor>? distance = null, Tensor? weight = null)
    {
        ArgumentNullException.ThrowIfNull(student);
        ArgumentNullException.ThrowIfNull(target);
        Shapes.RequireSame(samples, noise);
        Tensor noisy = samples.Noised(above, noise), wanted;
        using (Autograd.NoGrad())
        {
            Tensor neighbour = teacher is null
                ? samples.Noised(below, noise)
                : SamplerOptions.HeunStep(teacher, noisy, above, below);
            wanted = target(neighbour, below).Detach();
        }

        Tensor found = student.Denoise(noisy, above);
        Tensor apart = distance is null ? (found - wanted).Square().MeanEach() : distance(found, wanted);
        return weight is null ? apart : apart * weight;
    }

    /// <summary>How many levels training has by now: few at first, which is easy, then more, which is right.</summary>
    /// <remarks>N(k) = ⌈√(k/K ((s₁ + 1)² − s₀²) + s₀²) − 1⌉ + 1 (arXiv:2303.01469, appendix C).</remarks>
    /// <param name="progress">k / K, from 0 to 1.</param>
    /// <param name="first">s₀.</param>
    /// <param name="last">s₁.</param>
    public static int Levels(double progress, int first, int last)
    {
        double low = (double)first * first, high = (last + 1.0) * (last + 1.0);
        return (int)Math.Ceiling(Math.Sqrt(progress * (high - low) + low) - 1) + 1;
    }

    /// <summary>How slowly the target's weights follow: the slower, the more levels there are.</summary>
    /// <remarks>μ(k) = exp(s₀ ln μ₀ / N(k)).</remarks>
    /// <param name="start">μ₀.</param>
    /// <param name="first">s₀.</param>
    /// <param name="levels">N(k).</param>
    public static double Decay(double start, int first, int levels) => Math.Exp(first * Math.Log(start) / levels);

    [Golden("consistency-distillation")]
    [Golden("consistency-training")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        double data = vector.Number("sigma_data"), least = vector.Number("sigma_min");
        double[] student = vector.Numbers("student"), target = vector.Numbers("target");
        Tensor a = vector.Leaf("a", student[0]), b = vector.Leaf("b", student[1]);
        static Tensor Time(Tensor sigma) => (sigma + 1e-44).Log() * (250.0 / 1000);
        ToyDenoiser own = ToyDenoiser.Preconditioned(data, least, (u, s) => a * u + b * u.Tanh() * Time(s));
        ToyDenoiser slow = ToyDenoiser.Preconditioned(data, least, (u, s) => u * target[0] + u.Tanh() * target[1] * Time(s));
        double[]? w = vector.Has("teacher") ? vector.Numbers("teacher") : null;
        ToyDenoiser? teacher = w is null
            ? null
            : ToyDenoiser.Preconditioned(data, null, (u, s) => u * w[0] + u.Tanh() * w[1] * Time(s));
        var grid = new NoiseGrid(least, vector.Number("sigma_max"), vector.Number("rho"));
        double intervals = vector.Integer("num_scales") - 1;
        Tensor place = vector["indices"].To(vector["x0"].DType);
        Tensor above = grid.At(place / intervals), below = grid.At((place + 1) / intervals);
        LevelWeight weight = vector.Text("weight") == "karras" ? LevelWeight.Karras : LevelWeight.Uniform;
        Tensor losses = Losses(
            own, (x, s) => slow.Denoise(x, s), teacher, vector["x0"], vector["eps"], above, below,
            weight: GenerativeMath.Weight(weight, above, data));
        return new() { ["loss"] = losses.Mean(), ["per_sample"] = losses };
    }

    [Golden("consistency-scalings")]
    private static GoldenOutputs GoldenScalings(GoldenInputs vector)
    {
        var by = Preconditioning.Consistency(vector["sigma"], vector.Number("sigma_data"), vector.Number("sigma_min"));
        return new() { ["c_skip"] = by.Skip, ["c_out"] = by.Out, ["c_in"] = by.In };
    }
}
