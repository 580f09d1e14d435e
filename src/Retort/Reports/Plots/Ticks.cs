namespace Retort.Reports.Plots;

/// <summary>Round values for axes: multiples of 1, 2 or 5 times a power of ten.</summary>
internal static class Ticks
{
    /// <summary>Ticks inside a range, about <paramref name="wanted"/> of them, labelled with equally many decimals.</summary>
    public static IReadOnlyList<Tick> Linear(double minimum, double maximum, int wanted, ValueFormat format)
    {
        double step = NiceStep((maximum - minimum) / Math.Max(1, wanted));
        int first = 0, last = -1;
        if (double.IsFinite(step) && step > 0 && Math.Abs(minimum / step) < 1e9 && Math.Abs(maximum / step) < 1e9)
        {
            // The slack keeps a tick whose multiple misses the edge by a rounding error.
            first = (int)Math.Ceiling(minimum / step - 1e-6);
            last = (int)Math.Floor(maximum / step + 1e-6);
        }

        var ticks = new List<Tick>();
        double scale = format == ValueFormat.Percent ? 100 : 1;
        int decimals = Decimals(step * scale);
        for (int i = first; i <= last; i++)
            ticks.Add(new Tick(i * step, Label(i * step, decimals, format)));
        return ticks;
    }

    /// <summary>Powers of ten inside a range, with 2 and 5 between them where the range spans few.</summary>
    public static IReadOnlyList<Tick> Logarithmic(double minimum, double maximum, ValueFormat format)
    {
        double decades = Math.Log10(maximum / minimum);
        double[] factors = decades > 3 ? [1] : decades > 1.2 ? [1, 2, 5] : [1, 1.5, 2, 3, 5, 7];
        int stride = Math.Max(1, (int)Math.Ceiling(decades / 7));
        var ticks = new List<Tick>();
        for (int exponent = (int)Math.Floor(Math.Log10(minimum)) - 1; exponent <= Math.Ceiling(Math.Log10(maximum)); exponent++)
        {
            if (exponent % stride != 0)
                continue;
            foreach (double factor in factors)
            {
                double value = factor * Math.Pow(10, exponent);
                if (value >= minimum * (1 - 1e-9) && value <= maximum * (1 + 1e-9))
                {
                    string label = format == ValueFormat.Percent ? Figures.Percent(value, 0) : Figures.Compact(value);
                    ticks.Add(new Tick(value, label));
                }
            }
        }

        return ticks;
    }

    /// <summary>The step nearest to <paramref name="rough"/>, as a ratio, that people count in.</summary>
    public static double NiceStep(double rough)
    {
        if (!double.IsFinite(rough) || rough <= 0)
            return 1;
        double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double factor = rough / power;
        return power * (factor * factor < 2 ? 1 : factor * factor < 10 ? 2 : factor * factor < 50 ? 5 : 10);
    }

    private static int Decimals(double step) => Math.Clamp((int)Math.Ceiling(-Math.Log10(step) - 1e-9), 0, 12);

    private static string Label(double value, int decimals, ValueFormat format) => format switch
    {
        ValueFormat.Percent => Figures.Percent(value, decimals),
        ValueFormat.Compact => Figures.Compact(value),
        _ when decimals > 5 || Math.Abs(value) >= 1e7 => Figures.Significant(value),
        _ => Figures.Fixed(value, decimals),
    };
}
