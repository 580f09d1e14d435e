using System.Globalization;

namespace Retort.Caching;

/// <summary>What a cache keeps of a teacher's answer to a sample, and how exactly.</summary>
public sealed record CacheContents
{
    /// <summary>How many of the largest logits are kept, with one number for all the others; null for the whole output.</summary>
    /// <remarks>
    /// Kept are the values, the classes, and the logarithm of the sum of the others' exponentials. A criterion sees full logits
    /// again: the kept ones as they were, and every other class at an equal share of that sum. At temperature 1 the kept
    /// classes then have their very probabilities, and so has the tail as a whole; at other temperatures the kept classes keep
    /// their proportions, and the tail's mass is that of a flat tail.
    /// </remarks>
    public int? TopK { get; init; }

    /// <summary>Whether numbers are kept as float16 (2 bytes, 11 bits, up to 65504) rather than float32.</summary>
    public bool Half { get; init; } = true;

    /// <summary>Tensors inside the teacher that are kept beside its output.</summary>
    public IReadOnlyList<TapPath> Taps { get; init; } = [];

    /// <summary>What is kept, in words; equal words, equal contents.</summary>
    public override string ToString()
    {
        string output = TopK is { } k ? string.Create(CultureInfo.InvariantCulture, $"top {k} of the output") : "the output";
        string taps = Taps.Count == 0 ? string.Empty : $" and {string.Join(", ", Taps)}";
        return $"{output}{taps} in {(Half ? "float16" : "float32")}";
    }
}
