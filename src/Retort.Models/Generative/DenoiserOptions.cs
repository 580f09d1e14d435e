namespace Retort.Models.Generative;

/// <summary>What a recipe may give any network that denoises.</summary>
public abstract record DenoiserOptions : ModelOptions
{
    /// <summary>How the network's output is read.</summary>
    public Parameterization Parameterization { get; init; }

    /// <summary>Standard deviation of the data, which scales what goes in and comes out.</summary>
    public double SigmaData { get; init; } = 0.5;

    /// <summary>The least noise level.</summary>
    public double SigmaMin { get; init; } = 0.002;

    /// <summary>The noise level at which generation starts.</summary>
    public double SigmaMax { get; init; } = 80;

    /// <summary>Whether the network has an input for the end of an interval: for methods that learn jumps or mean
    /// velocities.</summary>
    public bool Interval { get; init; }

    /// <inheritdoc/>
    protected override void Validate()
    {
        if (Classes != 10)
            throw new ArgumentException("classes belongs to classifiers; this network generates without labels.");
        RequirePositive(SigmaData, nameof(SigmaData));
        RequirePositive(SigmaMin, nameof(SigmaMin));
        RequirePositive(SigmaMax, nameof(SigmaMax));
        if (SigmaMin >= SigmaMax)
            throw new ArgumentException($"sigma_min ({SigmaMin}) must be below sigma_max ({SigmaMax}).");
    }
}

/// <summary>How the output of a network of noisy samples is read.</summary>
public enum Parameterization
{
    /// <summary>EDM's preconditioning (arXiv:2206.00364): a denoiser of unit scale at every noise level.</summary>
    Edm,

    /// <summary>The same with the identity at the least noise level, as consistency models need it (arXiv:2303.01469).</summary>
    Consistency,

    /// <summary>The velocity ε − x₀ of a straight path (rectified flow, arXiv:2209.03003).</summary>
    Flow,

    /// <summary>The noise, of samples whose variance is preserved (DDPM, arXiv:2006.11239).</summary>
    Noise,

    /// <summary>v = a·ε − s·x₀ of such samples (arXiv:2202.00512).</summary>
    V,

    /// <summary>The clean sample itself, from the noise that the path began with and any level on it (BOOT,
    /// arXiv:2306.05544).</summary>
    Signal,
}
