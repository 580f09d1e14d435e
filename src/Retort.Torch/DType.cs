namespace Retort.Torch;

/// <summary>The element type of a tensor. The numbers are libtorch's own.</summary>
public enum DType : sbyte
{
    /// <summary>Unsigned 8-bit integer.</summary>
    UInt8 = 0,

    /// <summary>Signed 8-bit integer.</summary>
    Int8 = 1,

    /// <summary>Signed 16-bit integer.</summary>
    Int16 = 2,

    /// <summary>Signed 32-bit integer.</summary>
    Int32 = 3,

    /// <summary>Signed 64-bit integer: labels and indices.</summary>
    Int64 = 4,

    /// <summary>IEEE half precision.</summary>
    Float16 = 5,

    /// <summary>IEEE single precision, the default of every factory.</summary>
    Float32 = 6,

    /// <summary>IEEE double precision.</summary>
    Float64 = 7,

    /// <summary>Complex of two single-precision numbers.</summary>
    Complex64 = 9,

    /// <summary>Complex of two double-precision numbers.</summary>
    Complex128 = 10,

    /// <summary>Boolean, one byte an element.</summary>
    Bool = 11,

    /// <summary>Brain floating point: float32's range with 8 bits of precision.</summary>
    BFloat16 = 15,
}

/// <summary>Facts about element types.</summary>
public static class DTypes
{
    /// <summary>Whether the type holds real floating-point numbers (half, bfloat16, float32, float64).</summary>
    public static bool IsFloatingPoint(this DType dtype) =>
        dtype is DType.Float16 or DType.Float32 or DType.Float64 or DType.BFloat16;

    /// <summary>Bytes of one element.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The type is none of the enumeration.</exception>
    public static int Size(this DType dtype) => dtype switch
    {
        DType.UInt8 or DType.Int8 or DType.Bool => 1,
        DType.Int16 or DType.Float16 or DType.BFloat16 => 2,
        DType.Int32 or DType.Float32 => 4,
        DType.Int64 or DType.Float64 or DType.Complex64 => 8,
        DType.Complex128 => 16,
        _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "no such element type"),
    };

    /// <summary>The element type that a .NET value type is stored as.</summary>
    /// <exception cref="NotSupportedException">No element type stores <typeparamref name="T"/>.</exception>
    public static DType Of<T>()
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
            return DType.Float32;
        if (typeof(T) == typeof(double))
            return DType.Float64;
        if (typeof(T) == typeof(long))
            return DType.Int64;
        if (typeof(T) == typeof(int))
            return DType.Int32;
        if (typeof(T) == typeof(byte))
            return DType.UInt8;
        if (typeof(T) == typeof(bool))
            return DType.Bool;
        if (typeof(T) == typeof(short))
            return DType.Int16;
        if (typeof(T) == typeof(sbyte))
            return DType.Int8;
        if (typeof(T) == typeof(Half))
            return DType.Float16;
        throw new NotSupportedException($"'{typeof(T).Name}' is no element type; use float, double, long, int, short, sbyte, byte, bool or Half.");
    }
}
