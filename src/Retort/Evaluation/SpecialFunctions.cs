namespace Retort.Evaluation;

/// <summary>The few special functions that the statistics here need.</summary>
internal static class SpecialFunctions
{
    // Lanczos' approximation with g = 7 and nine terms: about 15 correct digits for positive arguments.
    private const double LanczosG = 7;

    private static readonly double[] LanczosTerms =
    [
        0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
        12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
    ];

    /// <summary>log Γ(x) for x &gt; 0.</summary>
    public static double LogGamma(double x)
    {
        // The series is good from 1/2 on; below, Γ(x) = Γ(x + 1) / x.
        if (x < 0.5)
            return LogGamma(x + 1) - Math.Log(x);
        double z = x - 1;
        double sum = LanczosTerms[0];
        for (int i = 1; i < LanczosTerms.Length; i++)
            sum += LanczosTerms[i] / (z + i);
        double t = z + LanczosG + 0.5;
        return 0.5 * Math.Log(2 * Math.PI) + (z + 0.5) * Math.Log(t) - t + Math.Log(sum);
    }

    /// <summary>I_x(a, b), the regularised incomplete beta function, for a, b &gt; 0 and x in 0 … 1.</summary>
    public static double IncompleteBeta(double a, double b, double x)
    {
        if (double.IsNaN(a + b + x))
            return double.NaN;
        if (x <= 0)
            return 0;
        if (x >= 1)
            return 1;

        // The continued fraction converges fast only below the mean; the symmetry I_x(a, b) = 1 − I_{1−x}(b, a) covers the rest.
        double front = Math.Exp(LogGamma(a + b) - LogGamma(a) - LogGamma(b) + a * Math.Log(x) + b * Math.Log(1 - x));
        return x < (a + 1) / (a + b + 2)
            ? front * BetaFraction(a, b, x) / a
            : 1 - front * BetaFraction(b, a, 1 - x) / b;
    }

    /// <summary>P(|T| ≥ |t|) for Student's t with <paramref name="degrees"/> degrees of freedom; NaN for none.</summary>
    public static double StudentTwoSided(double t, double degrees)
    {
        if (double.IsNaN(t) || degrees <= 0)
            return double.NaN;
        return double.IsInfinity(t) ? 0 : IncompleteBeta(degrees / 2, 0.5, degrees / (degrees + t * t));
    }

    // Lentz's method for the continued fraction of the incomplete beta function (Abramowitz and Stegun, 26.5.8).
    private static double BetaFraction(double a, double b, double x)
    {
        const double Tiny = 1e-300;
        const int MostTerms = 10_000;
        double c = 1;
        double d = 1 / AwayFromZero(1 - (a + b) * x / (a + 1));
        double value = d;
        for (int m = 1; m <= MostTerms; m++)
        {
            double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
            d = 1 / AwayFromZero(1 + even * d);
            c = AwayFromZero(1 + even / c);
            value *= d * c;
            double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
            d = 1 / AwayFromZero(1 + odd * d);
            c = AwayFromZero(1 + odd / c);
            value *= d * c;
            if (Math.Abs(d * c - 1) < 1e-16)
                break;
        }

        return value;

        static double AwayFromZero(double v) => Math.Abs(v) < Tiny ? Tiny : v;
    }
}
