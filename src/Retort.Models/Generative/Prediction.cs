namespace Retort.Models.Generative;

/// <summary>What a network of noisy samples x = a·x₀ + s·ε says of them, ε being unit Gaussian noise.</summary>
public enum Prediction
{
    /// <summary>x₀, the clean sample.</summary>
    Clean,

    /// <summary>ε, the noise.</summary>
    Noise,

    /// <summary>a·ε − s·x₀, the v of progressive distillation (arXiv:2202.00512, section 4).</summary>
    V,

    /// <summary>ε − x₀, the direction from data to noise of a rectified flow.</summary>
    Velocity,

    /// <summary>−ε / s, the gradient of the log-density.</summary>
    Score,
}
