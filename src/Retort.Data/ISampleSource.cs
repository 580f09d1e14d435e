using Retort.Torch;

namespace Retort.Data;

/// <summary>Where the samples of a data set come from: memory, files that are decoded when they are asked for, a
/// renderer.</summary>
/// <remarks>Several threads may read at once. The same place always gives the same sample.</remarks>
public interface ISampleSource
{
    /// <summary>How many samples there are.</summary>
    public int Count { get; }

    /// <summary>Shape of one sample: [C, H, W] for pictures, [D] for features, [L] for tokens.</summary>
    public IReadOnlyList<long> SampleShape { get; }

    /// <summary>UInt8 for pictures (a batch gives them as 0 to 1), Float32 for numbers, Int64 for tokens.</summary>
    public DType ElementType { get; }

    /// <summary>Whether reading a sample takes long enough for a loader to do it ahead and on several threads.</summary>
    public bool IsCostly { get; }

    /// <summary>A text that differs wherever the content does, such as a hash of it.</summary>
    public string Identity { get; }

    /// <summary>Reads a sample.</summary>
    /// <param name="place">0 to <see cref="Count"/> − 1.</param>
    /// <param name="target">Receives all its elements as they lie in memory.</param>
    /// <exception cref="DataFormatException">The file behind it is damaged.</exception>
    public void Read(int place, Span<byte> target);

    /// <summary>Further tensors that every sample has.</summary>
    public IReadOnlyList<SampleField> Fields => [];

    /// <summary>Reads one of a sample's further tensors.</summary>
    /// <param name="place">0 to <see cref="Count"/> − 1.</param>
    /// <param name="field">Which of <see cref="Fields"/>.</param>
    /// <param name="target">Receives all its elements as they lie in memory.</param>
    /// <exception cref="DataFormatException">The file behind it is damaged.</exception>
    public void ReadField(int place, int field, Span<byte> target) =>
        throw new ArgumentOutOfRangeException(nameof(field), field, "samples have no further tensors.");
}
