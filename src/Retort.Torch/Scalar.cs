using System.Globalization;

namespace Retort.Torch;

/// <summary>A number as an operator's argument: an integer or a double, as libtorch tells them apart.</summary>
public readonly struct Scalar : IEquatable<Scalar>
{
    private Scalar(long bits, bool floating)
    {
        Bits = bits;
        IsFloatingPoint = floating;
    }

    /// <summary>Whether it holds a double.</summary>
    public bool IsFloatingPoint { get; }

    internal long Bits { get; }

    /// <summary>The number as a double.</summary>
    public double ToDouble() => IsFloatingPoint ? BitConverter.Int64BitsToDouble(Bits) : Bits;

    /// <summary>An integer scalar.</summary>
    public static implicit operator Scalar(long value) => FromInt64(value);

    /// <summary>A floating-point scalar.</summary>
    public static implicit operator Scalar(double value) => FromDouble(value);

    /// <summary>An integer scalar.</summary>
    public static Scalar FromInt64(long value) => new(value, false);

    /// <summary>A floating-point scalar.</summary>
    public static Scalar FromDouble(double value) => new(BitConverter.DoubleToInt64Bits(value), true);

    /// <inheritdoc/>
    public bool Equals(Scalar other) => Bits == other.Bits && IsFloatingPoint == other.IsFloatingPoint;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Scalar other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Bits, IsFloatingPoint);

    /// <summary>Whether both hold the same number of the same kind.</summary>
    public static bool operator ==(Scalar left, Scalar right) => left.Equals(right);

    /// <summary>Whether the numbers or their kinds differ.</summary>
    public static bool operator !=(Scalar left, Scalar right) => !left.Equals(right);

    /// <inheritdoc/>
    public override string ToString() =>
        IsFloatingPoint ? ToDouble().ToString("R", CultureInfo.InvariantCulture) : Bits.ToString(CultureInfo.InvariantCulture);
}
