using System.Numerics;

namespace Retort.Data;

/// <summary>Makes numbers from 0 to 1 of bytes, on the calling thread alone.</summary>
internal static class PixelScale
{
    /// <summary>target[i] = pixels[i] / 255, correctly rounded.</summary>
    public static void ToUnit(ReadOnlySpan<byte> pixels, Span<float> target)
    {
        int i = 0;
        var scale = new Vector<float>(255f);
        for (; i <= pixels.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            Vector.Widen(new Vector<byte>(pixels[i..]), out Vector<ushort> low, out Vector<ushort> high);
            Vector.Widen(low, out Vector<uint> a, out Vector<uint> b);
            Vector.Widen(high, out Vector<uint> c, out Vector<uint> d);
            Span<float> at = target[i..];
            (Vector.ConvertToSingle(Vector.AsVectorInt32(a)) / scale).CopyTo(at);
            (Vector.ConvertToSingle(Vector.AsVectorInt32(b)) / scale).CopyTo(at[Vector<float>.Count..]);
            (Vector.ConvertToSingle(Vector.AsVectorInt32(c)) / scale).CopyTo(at[(2 * Vector<float>.Count)..]);
            (Vector.ConvertToSingle(Vector.AsVectorInt32(d)) / scale).CopyTo(at[(3 * Vector<float>.Count)..]);
        }
        for (; i < pixels.Length; i++)
            target[i] = pixels[i] / 255f;
    }
}
