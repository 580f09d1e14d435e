namespace Retort.Data;

/// <summary>Elementary functions made of + − × ÷ alone, so that every machine computes the same bits.</summary>
/// <remarks>The C library's versions differ in the last bit between systems; a seed would then give different data.</remarks>
internal static class ExactMath
{
    private const double Ln2High = 6.93147180369123816490e-01;
    private const double Ln2Low = 1.90821492927058770002e-10;
    private const double HalfPi = Math.PI / 2;

    /// <summary>Natural logarithm of a positive finite number, within a few units in the last place.</summary>
    public static double Log(double x)
    {
        if (!(x > 0) || double.IsPositiveInfinity(x))
            return x == 0 ? double.NegativeInfinity : double.IsPositiveInfinity(x) ? x : double.NaN;
        int exponent = 0;
        if (x < 2.2250738585072014e-308)
        {
            x *= 18014398509481984.0;   // 2^54 makes a subnormal number normal
            exponent = -54;
        }
        long bits = BitConverter.DoubleToInt64Bits(x);
        exponent += (int)(bits >> 52) - 1023;
        double mantissa = BitConverter.Int64BitsToDouble((bits & 0xFFFFFFFFFFFFFL) | 0x3FF0000000000000L);   // [1, 2)
        if (mantissa > 1.4142135623730951)
        {
            mantissa *= 0.5;
            exponent++;
        }

        // log m = 2 atanh s with s = (m − 1) / (m + 1), |s| ≤ 0.1716: eleven terms reach double precision.
        double s = (mantissa - 1) / (mantissa + 1);
        double square = s * s;
        double sum = 0;
        for (int k = 21; k >= 3; k -= 2)
            sum = (sum + 1.0 / k) * square;
        return (exponent * Ln2High) + ((2 * s * (1 + sum)) + (exponent * Ln2Low));
    }

    /// <summary>e to the power x, within a few units in the last place.</summary>
    public static double Exp(double x)
    {
        if (double.IsNaN(x))
            return x;
        if (x > 709.78)
            return double.PositiveInfinity;
        if (x < -708)
            return 0;
        double power = Math.Floor((x * 1.4426950408889634) + 0.5);
        double rest = x - (power * Ln2High) - (power * Ln2Low);   // |rest| ≤ 0.3466
        double sum = 1;
        for (int k = 16; k >= 1; k--)
            sum = 1 + (sum * rest / k);

        // Two halves, because 2^1024 itself is not a double though the product may be.
        int half = (int)power / 2;
        return sum * PowerOfTwo(half) * PowerOfTwo((int)power - half);
    }

    /// <summary>Sine and cosine of an angle in radians, for |angle| up to about 10⁶, within 10⁻¹⁰ there and 10⁻¹⁵ near
    /// 0.</summary>
    public static (double Sin, double Cos) SinCos(double angle)
    {
        double quarter = Math.Floor((angle / HalfPi) + 0.5);
        double x = angle - (quarter * HalfPi);   // |x| ≤ π/4
        double square = x * x;
        double sin = 0;
        for (int k = 18; k >= 2; k -= 2)
            sin = (1 + sin) * -square / (k * (k + 1.0));
        double cos = 0;
        for (int k = 17; k >= 1; k -= 2)
            cos = (1 + cos) * -square / (k * (k + 1.0));
        sin = x * (1 + sin);
        cos = 1 + cos;
        return ((long)quarter & 3) switch
        {
            0 => (sin, cos),
            1 => (cos, -sin),
            2 => (-sin, -cos),
            _ => (-cos, sin),
        };
    }

    private static double PowerOfTwo(int exponent) => BitConverter.Int64BitsToDouble((long)(exponent + 1023) << 52);
}
