using Retort.Torch;

namespace Retort.Data;

/// <summary>A further tensor that every sample has beside its input: a mask, boxes, soft targets, a second modality.</summary>
/// <param name="Name">What a batch calls it. <c>labels</c> and <c>targets</c> take the place of the batch's own.</param>
/// <param name="Shape">The shape of one sample's.</param>
/// <param name="ElementType">UInt8, Int64 or Float32; a batch gives it as it is.</param>
public sealed record SampleField(string Name, IReadOnlyList<long> Shape, DType ElementType)
{
    /// <summary>Bytes of one sample's.</summary>
    public int Bytes => checked((int)(Shape.Aggregate(1L, (product, size) => checked(product * size)) * ElementType switch
    {
        DType.UInt8 => 1,
        DType.Float32 => sizeof(float),
        DType.Int64 => sizeof(long),
        _ => throw new ArgumentException($"a field is {ElementType}; it must be UInt8, Int64 or Float32."),
    }));
}
