using Retort.Data;
using Retort.Models.Generative;
using Retort.Torch;

namespace Retort.Methods.Generative;

/// <summary>What rectified flows are trained by: the velocity of straight paths between samples and noise.</summary>
public static class FlowMatching
{
    /// <summary>The field of a sample that holds the noise it was generated from.</summary>
    public const string NoiseField = "noise";

    /// <summary>The error of the velocity at a moment of each path.</summary>
    /// <param name="student">Gradients flow into its weights.</param>
    /// <param name="samples">x, [N, …].</param>
    /// <param name="noise">z, [N, …].</param>
    /// <param name="time">t, 0 for data and 1 for noise, [N].</param>
    /// <returns>u(z_t, t) − (z − x) at z_t = (1 − t) x + t z, [N, …].</returns>
    /// <exception cref="ShapeException">Samples and noise differ in shape.</exception>
    public static Tensor Errors(Denoiser student, Tensor samples, Tensor noise, Tensor time)
    {
        ArgumentNullException.ThrowIfNull(student);
        Shapes.RequireSame(samples, noise);
        return student.Velocity(Between(samples, noise, time), time) - (noise - samples);
    }

    /// <summary>(1 − t) x + t z.</summary>
    /// <param name="samples">x, [N, …].</param>
    /// <param name="noise">z, [N, …].</param>
    /// <param name="time">t, [N].</param>
    public static Tensor Between(Tensor samples, Tensor noise, Tensor time)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(noise);
        Tensor spread = Denoiser.Spread(time, samples);
        return samples + spread * (noise - samples);
    }

    /// <summary>The noise of each sample of a batch: what it was generated from, or fresh noise where nothing is known of
    /// it.</summary>
    internal static Tensor NoiseOf(Batch batch, Tensor samples) =>
        batch.Names.Contains(NoiseField) ? batch[NoiseField].Detach().To(samples.DType) : samples.RandnLike();
}
