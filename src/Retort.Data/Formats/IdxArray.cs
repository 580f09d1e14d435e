namespace Retort.Data.Formats;

/// <summary>The element types that IDX files may hold.</summary>
public enum IdxElement : byte
{
    /// <summary>Unsigned byte, the type of MNIST's images and labels.</summary>
    UInt8 = 0x08,

    /// <summary>Signed byte.</summary>
    Int8 = 0x09,

    /// <summary>16-bit integer.</summary>
    Int16 = 0x0B,

    /// <summary>32-bit integer.</summary>
    Int32 = 0x0C,

    /// <summary>32-bit floating point.</summary>
    Float32 = 0x0D,

    /// <summary>64-bit floating point.</summary>
    Float64 = 0x0E,
}

/// <summary>An array as an IDX file holds it.</summary>
/// <param name="Element">Type of the elements.</param>
/// <param name="Shape">Size of each dimension, outermost first; the product of the sizes is the number of elements.</param>
/// <param name="Bytes">The elements in row-major order, in this machine's byte order.</param>
public sealed record IdxArray(IdxElement Element, IReadOnlyList<int> Shape, byte[] Bytes);
