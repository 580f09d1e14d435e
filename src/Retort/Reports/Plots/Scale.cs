namespace Retort.Reports.Plots;

/// <summary>Maps an axis' values to coordinates.</summary>
internal sealed class Scale
{
    private readonly double _from;
    private readonly double _to;
    private readonly bool _isLog;

    private Scale(double minimum, double maximum, double from, double to, bool isLog, IReadOnlyList<Tick> ticks)
    {
        Minimum = minimum;
        Maximum = maximum;
        _from = from;
        _to = to;
        _isLog = isLog;
        AllTicks = ticks;
    }

    public double Minimum { get; }

    public double Maximum { get; }

    public IReadOnlyList<Tick> AllTicks { get; }

    /// <summary>Builds a scale over the data, widened so that nothing lies on the frame.</summary>
    /// <param name="axis">What the caller asks for.</param>
    /// <param name="values">The data; what the axis cannot show is ignored.</param>
    /// <param name="from">The coordinate of the least value.</param>
    /// <param name="to">The coordinate of the largest value.</param>
    /// <param name="wanted">How many ticks there is room for.</param>
    public static Scale Over(Axis axis, IEnumerable<double> values, double from, double to, int wanted)
    {
        (double minimum, double maximum) = Range(axis, values);
        if (axis.IsLog)
        {
            double margin = Math.Pow(maximum / minimum, 0.06);
            minimum = axis.Minimum is > 0 ? minimum : minimum / margin;
            maximum = axis.Maximum is > 0 ? maximum : maximum * margin;
            return new Scale(minimum, maximum, from, to, true, Ticks.Logarithmic(minimum, maximum, axis.Format));
        }

        // Whole steps at both ends, so that the frame ends at a tick; an end that the caller fixed stays.
        double step = Ticks.NiceStep((maximum - minimum) / Math.Max(1, wanted));
        minimum = axis.Minimum ?? Math.Floor(minimum / step + 1e-9) * step;
        maximum = axis.Maximum ?? Math.Ceiling(maximum / step - 1e-9) * step;
        maximum = maximum > minimum ? maximum : minimum + 1;
        return new Scale(minimum, maximum, from, to, false, Ticks.Linear(minimum, maximum, wanted, axis.Format));
    }

    /// <summary>Whether a value has a place.</summary>
    public bool CanShow(double value) => double.IsFinite(value) && (!_isLog || value > 0);

    /// <summary>The coordinate of a value.</summary>
    public double Map(double value)
    {
        double share = _isLog
            ? Math.Log(value / Minimum) / Math.Log(Maximum / Minimum)
            : (value - Minimum) / (Maximum - Minimum);
        return _from + share * (_to - _from);
    }

    private static (double Minimum, double Maximum) Range(Axis axis, IEnumerable<double> values)
    {
        double minimum = double.PositiveInfinity, maximum = double.NegativeInfinity;
        IEnumerable<double> all = values.Concat(new[] { axis.Minimum, axis.Maximum }.OfType<double>());
        foreach (double value in all.Where(v => double.IsFinite(v) && (!axis.IsLog || v > 0)))
        {
            minimum = Math.Min(minimum, value);
            maximum = Math.Max(maximum, value);
        }

        if (minimum > maximum)
            return axis.IsLog ? (1, 10) : (0, 1);
        if (axis.IsLog)
            return maximum / minimum >= 1.5 ? (minimum, maximum) : (minimum / 1.5, maximum * 1.5);

        // A range of nothing, or one lost in rounding, gets a width of its own.
        double least = Math.Max(Math.Abs(minimum), Math.Abs(maximum)) * 1e-6;
        if (maximum - minimum > least)
            return (minimum, maximum);
        double half = minimum == 0 ? 0.5 : Math.Abs(minimum) * 0.05;
        return (axis.Minimum ?? minimum - half, axis.Maximum ?? maximum + half);
    }
}
