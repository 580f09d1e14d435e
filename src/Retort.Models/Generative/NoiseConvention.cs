namespace Retort.Models.Generative;

/// <summary>How a noise level σ becomes the two factors of a noisy sample x = a·x₀ + s·ε; s / a = σ in all of them.</summary>
public enum NoiseConvention
{
    /// <summary>a = 1, s = σ: the variance grows (EDM, arXiv:2206.00364).</summary>
    Exploding,

    /// <summary>a² + s² = 1: the variance stays (DDPM, arXiv:2006.11239).</summary>
    Preserving,

    /// <summary>a = 1 − t, s = t with t = σ / (1 + σ): the straight line from data (t = 0) to noise (t = 1).</summary>
    Flow,
}
