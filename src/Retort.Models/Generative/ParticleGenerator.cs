using Retort.Torch;

namespace Retort.Models.Generative;

/// <summary>Several equally likely particles, each of which is one sample, or one scene that is looked at from many
/// angles.</summary>
/// <remarks>What score distillation optimises in the place of a network (ProlificDreamer, arXiv:2305.16213, section 3.1): the
/// particles together stand for a distribution. The first number of a sample's noise decides its particle.</remarks>
/// <param name="particles">How many there are, at least 1.</param>
public abstract class ParticleGenerator(int particles) : SampleGenerator
{
    /// <summary>How many there are.</summary>
    public int Particles => particles;

    /// <summary>What particles look like.</summary>
    /// <param name="particle">Their numbers, int64 [N].</param>
    /// <param name="view">The angle of each, int64 [N]; null where <see cref="SampleGenerator.Conditions"/> is 0.</param>
    /// <returns>[N, …]. Gradients flow into the particles.</returns>
    public abstract Tensor Render(Tensor particle, Tensor? view);

    /// <inheritdoc/>
    public override Tensor Generate(Tensor noise)
    {
        ArgumentNullException.ThrowIfNull(noise);
        return Render(Chosen(noise, 0, particles), Conditions == 0 ? null : Told ?? Chosen(noise, 1, Conditions));
    }

    // The normal distribution's share below a number is uniform.
    private static Tensor Chosen(Tensor noise, int number, int choices)
    {
        Tensor share = ((noise.Detach().Flatten(1).Select(1, number) / Math.Sqrt(2)).Erf() + 1) / 2;
        return (share * choices).Floor().Clamp(0, choices - 1).To(DType.Int64);
    }
}
