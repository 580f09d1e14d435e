using Retort.Evaluation;

namespace Retort.Reports.Plots;

/// <summary>
/// Accuracy against confidence in bins, with how many samples each holds. On the diagonal confidence is honest.
/// </summary>
public sealed record ReliabilityPlot : Plot
{
    private const double Size = PlotStyle.FontSize;
    private const double CountsHeight = 34;

    /// <summary>The bins, lowest confidence first, as <see cref="Calibration.EqualWidthBins"/> gives them.</summary>
    public required IReadOnlyList<ReliabilityBin> Bins { get; init; }

    /// <summary>The bars' colour.</summary>
    public PlotColor Color { get; init; }

    private protected override double DrawnHeight => Height;

    private protected override void Draw(SvgWriter svg)
    {
        var x = new Axis { Label = "Confidence", Minimum = 0, Maximum = 1, Format = ValueFormat.Percent };
        var y = new Axis { Label = "Accuracy", Minimum = 0, Maximum = 1, Format = ValueFormat.Percent };
        var frame = new Frame(Width, Height, new Frame.Margins(Bottom: CountsHeight + 6), x, y, [], []);
        frame.Draw(svg);
        string error = "ECE " + Figures.Percent(Calibration.Error(Bins));
        svg.Text("text", error, ("class", "strong end"), ("x", frame.Right), ("y", frame.Top - 10));

        double most = Math.Max(1, Bins.Select(b => b.Count).DefaultIfEmpty(0).Max());
        double floor = Height - 2;
        foreach (ReliabilityBin bin in Bins.Where(b => b.Count > 0))
        {
            double left = frame.X.Map(bin.Lower) + 0.75, width = frame.X.Map(bin.Upper) - frame.X.Map(bin.Lower) - 1.5;
            double accurate = frame.Y.Map(bin.Accuracy);
            svg.Leaf("rect", ("class", $"band {ClassOf(Color)}"), ("x", left), ("y", accurate), ("width", width),
                ("height", frame.Bottom - accurate));
            double height = Math.Max(1, bin.Count / most * CountsHeight);
            svg.Leaf("rect", ("class", $"bar {ClassOf(PlotColor.Slate)}"), ("x", left), ("y", floor - height), ("width", width),
                ("height", height));
        }

        svg.Leaf("line", ("class", "guide"), ("x1", frame.Left), ("y1", frame.Bottom), ("x2", frame.Right), ("y2", frame.Top));
        svg.Leaf("line", ("class", "rule"), ("x1", frame.Left), ("x2", frame.Right), ("y1", floor), ("y2", floor));
        foreach (ReliabilityBin bin in Bins.Where(b => b.Count > 0))
            DrawPoint(svg, frame, bin);
        svg.Text("text", TextMetrics.Fit("count", Size, frame.Left - 6), ("class", "tick end"), ("x", frame.Left - 6),
            ("y", floor - 2));
        if (Bins.All(b => b.Count == 0))
            frame.DrawEmpty(svg);
    }

    // The diagonal passes through (confidence, confidence), so the stem from the point to it is the bin's error.
    private void DrawPoint(SvgWriter svg, Frame frame, ReliabilityBin bin)
    {
        double x = frame.X.Map(bin.Confidence), y = frame.Y.Map(bin.Accuracy), left = frame.X.Map(bin.Lower);
        svg.Begin("g");
        svg.Text("title", string.Join(
            '\n',
            $"Confidence {Figures.Percent(bin.Lower, 0)} … {Figures.Percent(bin.Upper, 0)}",
            $"{Figures.Fixed(bin.Count, 0)} samples",
            $"mean confidence {Figures.Percent(bin.Confidence, 1)}",
            $"accuracy {Figures.Percent(bin.Accuracy, 1)}"));
        svg.Leaf("path", ("class", $"line {ClassOf(Color)}"), ("d", Marker.PathOf([(x, frame.Y.Map(bin.Confidence)), (x, y)])));
        Marker.Draw(svg, Color, x, y, 3.8);
        svg.Leaf(
            "rect",
            ("class", "hit"),
            ("x", left), ("y", frame.Top), ("width", frame.X.Map(bin.Upper) - left), ("height", frame.Bottom - frame.Top));
        svg.End();
    }
}
