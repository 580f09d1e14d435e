namespace Retort.Data;

/// <summary>What a recipe may write for a transform of batches, and the transform it stands for.</summary>
public abstract record TransformOptions
{
    /// <summary>Whether it changes inputs that are normalised already; others come before.</summary>
    public virtual bool OfNormalized => false;

    /// <summary>Makes the transform.</summary>
    /// <param name="classes">How many classes the labels have, for transforms that make soft targets.</param>
    public abstract IBatchTransform Create(int classes);
}
