namespace Retort.Reports.Plots;

/// <summary>Things by two quantities, such as models by size and accuracy, with their names beside them.</summary>
/// <remarks>A name that would cover another name or point is left out; every point shows its name and values on hover.</remarks>
public sealed record ScatterPlot : Plot
{
    private const double Size = PlotStyle.FontSize;

    /// <summary>The horizontal axis.</summary>
    public Axis X { get; init; } = new();

    /// <summary>The vertical axis.</summary>
    public Axis Y { get; init; } = new();

    /// <summary>The points. Those with a value that is not finite, or not positive on a logarithmic axis, are left out.</summary>
    public required IReadOnlyList<ScatterPoint> Points { get; init; }

    private protected override double DrawnHeight => Height;

    private protected override void Draw(SvgWriter svg)
    {
        IEnumerable<double> ys = Points.SelectMany(p => new[] { p.Y, p.Y - p.YSpread, p.Y + p.YSpread });
        var frame = new Frame(Width, Height, default, X, Y, Points.Select(p => p.X), ys);
        frame.Draw(svg, hasVerticalGrid: true);
        ScatterPoint[] drawn = [.. Points.Where(p => frame.Holds(p.X, p.Y))];
        if (drawn.Length == 0)
            frame.DrawEmpty(svg);

        var taken = new List<Box>();
        foreach (ScatterPoint point in drawn)
        {
            (double x, double y) = (frame.X.Map(point.X), frame.Y.Map(point.Y));
            taken.Add(new Box(x - 6, y - 6, x + 6, y + 6));
            if (!(point.YSpread > 0) || !frame.Y.CanShow(point.Y - point.YSpread))
                continue;
            (double low, double high) = (frame.Y.Map(point.Y - point.YSpread), frame.Y.Map(point.Y + point.YSpread));
            svg.Leaf("path", ("class", $"line {ClassOf(point.Color)}"), ("d", Marker.PathOf([(x, low), (x, high)])));
            taken.Add(new Box(x - 2, high, x + 2, low));
        }

        foreach (ScatterPoint point in drawn)
        {
            string hover = $"{point.Name}\n{Name(X, "x")}: {Figures.Format(point.X, X.Format)}\n"
                + $"{Name(Y, "y")}: {Figures.Format(point.Y, Y.Format)}"
                + (point.YSpread > 0 ? " ± " + Figures.Format(point.YSpread, Y.Format) : "");
            Marker.Draw(svg, point.Color, frame.X.Map(point.X), frame.Y.Map(point.Y), 5, hover: hover);
        }

        foreach (ScatterPoint point in drawn)
            Place(svg, frame, point, taken);
    }

    private static string Name(Axis axis, string fallback) => axis.Label.Length > 0 ? axis.Label : fallback;

    private static void Place(SvgWriter svg, Frame frame, ScatterPoint point, List<Box> taken)
    {
        double width = TextMetrics.StrongWidth(point.Name, Size);
        (double x, double y) = (frame.X.Map(point.X), frame.Y.Map(point.Y));
        (double Left, double Baseline)[] places =
        [
            (x + 10, y + 4), (x - 10 - width, y + 4), (x - width / 2, y - 10),
            (x - width / 2, y + 19), (x + 6, y - 9), (x - 6 - width, y - 9),
        ];
        foreach ((double left, double baseline) in places)
        {
            var box = new Box(left, baseline - Size, left + width, baseline + 3);
            bool isInside = box.Left >= frame.Left && box.Right <= frame.Right + 16 && box.Top >= frame.Top - 6
                && box.Bottom <= frame.Bottom;
            if (!isInside || taken.Any(box.Touches))
                continue;
            taken.Add(box);
            svg.Text("text", point.Name, ("class", $"label strong {ClassOf(point.Color)}"), ("x", left), ("y", baseline));
            return;
        }
    }

    private readonly record struct Box(double Left, double Top, double Right, double Bottom)
    {
        public bool Touches(Box other) => Left < other.Right && other.Left < Right && Top < other.Bottom && other.Top < Bottom;
    }
}
