using System.Globalization;

namespace Retort.Export.Onnx;

/// <summary>A whole number of a traced forward, as it was at each of the traced batch sizes.</summary>
/// <remarks>
/// Tracing writes sizes down as plain numbers. Seen at three batch sizes, a number that follows the batch can be told from
/// one that does not; arithmetic on it is done at each batch size.
/// </remarks>
internal readonly record struct Extent(long First, long Second, long Third)
{
    /// <summary>Distinct and odd enough that products and sums of sizes do not agree at all three by chance.</summary>
    public static readonly long[] BatchSizes = [2, 3, 5];

    /// <summary>The batch size itself.</summary>
    public static Extent Batch => new(BatchSizes[0], BatchSizes[1], BatchSizes[2]);

    public bool IsConstant => First == Second && Second == Third;

    public bool IsOne => IsConstant && First == 1;

    public static implicit operator Extent(long value) => new(value, value, value);

    public static Extent operator +(Extent a, Extent b) => new(a.First + b.First, a.Second + b.Second, a.Third + b.Third);

    public static Extent operator -(Extent a, Extent b) => new(a.First - b.First, a.Second - b.Second, a.Third - b.Third);

    public static Extent operator *(Extent a, Extent b) => new(a.First * b.First, a.Second * b.Second, a.Third * b.Third);

    /// <summary>Floor division, as Python has it.</summary>
    public static Extent operator /(Extent a, Extent b) =>
        new(Floor(a.First, b.First), Floor(a.Second, b.Second), Floor(a.Third, b.Third));

    /// <summary>Finds the number as <c>perBatch · batch + fixedPart</c>.</summary>
    public bool TryAffine(out long perBatch, out long fixedPart)
    {
        long step = BatchSizes[1] - BatchSizes[0];
        perBatch = (Second - First) / step;
        fixedPart = First - perBatch * BatchSizes[0];
        return perBatch * BatchSizes[1] + fixedPart == Second && perBatch * BatchSizes[2] + fixedPart == Third;
    }

    public override string ToString() => IsConstant
        ? First.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{First}|{Second}|{Third}");

    private static long Floor(long a, long b) => (long)Math.Floor((decimal)a / b);
}
