namespace Retort.Methods.Generative;

/// <summary>How much an error of the clean sample counts at a noise level.</summary>
public enum LevelWeight
{
    /// <summary>The same at every level.</summary>
    Uniform,

    /// <summary>1/σ² + 1/σ_data²: as much as it shows in the network's own output (arXiv:2206.00364, table 1).</summary>
    Karras,
}
