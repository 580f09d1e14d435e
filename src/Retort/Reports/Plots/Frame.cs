namespace Retort.Reports.Plots;

/// <summary>The rectangle that data is drawn in, with its axes.</summary>
internal sealed class Frame
{
    private const double Size = PlotStyle.FontSize;

    private readonly double _width;
    private readonly Axis _xAxis;
    private readonly Axis _yAxis;

    /// <summary>Lays out a frame in what <paramref name="margins"/> leave, less what the tick labels need.</summary>
    public Frame(double width, double height, Margins margins, Axis x, Axis y, IEnumerable<double> xs, IEnumerable<double> ys)
    {
        _width = width;
        _xAxis = x;
        _yAxis = y;
        Top = margins.Top + (y.Label.Length > 0 ? 20 : 8);
        Bottom = height - margins.Bottom - 18 - (x.Label.Length > 0 ? 16 : 0);
        int rows = Math.Clamp((int)((Bottom - Top) / 38), 2, 8);
        Y = Scale.Over(y, ys, Bottom, Top, rows);
        Left = margins.Left + Y.AllTicks.Select(t => TextMetrics.Width(t.Label, Size)).DefaultIfEmpty(0).Max() + 9;

        // The last tick's label is centred on the frame's edge and must not leave the drawing.
        Right = width - Math.Max(margins.Right, 22);
        X = Scale.Over(x, xs, Left, Right, Math.Clamp((int)((Right - Left) / 62), 2, 10));
    }

    /// <summary>Room left free around the frame, tick labels not counted.</summary>
    public readonly record struct Margins(double Left = 0, double Top = 0, double Right = 0, double Bottom = 0);

    public double Left { get; }

    public double Top { get; }

    public double Right { get; }

    public double Bottom { get; }

    public Scale X { get; }

    public Scale Y { get; }

    /// <summary>Whether a point can be shown.</summary>
    public bool Holds(double x, double y) => X.CanShow(x) && Y.CanShow(y);

    /// <summary>Draws grid, ticks and titles; the data comes after, on top.</summary>
    public void Draw(SvgWriter svg, bool hasVerticalGrid = false)
    {
        foreach (Tick tick in Y.AllTicks)
        {
            double y = Y.Map(tick.Value);
            svg.Leaf("line", ("class", "grid"), ("x1", Left), ("x2", Right), ("y1", y), ("y2", y));
            svg.Text("text", tick.Label, ("class", "tick end"), ("x", Left - 6), ("y", y + Size * 0.35));
        }

        double free = double.NegativeInfinity;
        foreach (Tick tick in X.AllTicks)
        {
            double x = X.Map(tick.Value);
            double half = TextMetrics.Width(tick.Label, Size) / 2;
            if (hasVerticalGrid)
                svg.Leaf("line", ("class", "grid"), ("x1", x), ("x2", x), ("y1", Top), ("y2", Bottom));
            svg.Leaf("line", ("class", "rule"), ("x1", x), ("x2", x), ("y1", Bottom), ("y2", Bottom + 4));
            if (x - half < free + 6)
                continue;
            free = x + half;
            svg.Text("text", tick.Label, ("class", "tick mid"), ("x", Math.Min(x, _width - half)), ("y", Bottom + 15));
        }

        svg.Leaf("line", ("class", "rule"), ("x1", Left), ("x2", Right), ("y1", Bottom), ("y2", Bottom));
        if (_yAxis.Label.Length > 0)
        {
            string label = TextMetrics.Fit(_yAxis.Label, Size, Right);
            svg.Text("text", label, ("class", "axis"), ("x", 0), ("y", Top - 10));
        }

        if (_xAxis.Label.Length > 0)
        {
            string label = TextMetrics.Fit(_xAxis.Label, Size, Right - Left);
            svg.Text("text", label, ("class", "axis mid"), ("x", (Left + Right) / 2), ("y", Bottom + 31));
        }
    }

    /// <summary>Says so where there is nothing to draw.</summary>
    public void DrawEmpty(SvgWriter svg) =>
        svg.Text("text", "no data", ("class", "tick mid"), ("x", (Left + Right) / 2), ("y", (Top + Bottom) / 2));
}
