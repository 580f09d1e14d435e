using Retort.Evaluation;

namespace Retort.Reports.Plots;

/// <summary>Accuracy against confidence in bins, with how many samples each holds. On the diagonal confidence is honest.</summary>
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
            double accurate = frame.Y.Map(bin.Accuracy), confident = frame.Y.Map(bin.Confidence);
            svg.Begin("g");
            svg.Text("title", string.Join(
                '\n',
                $"Confidence {Figures.Percent(bin.Lower, 0)} … {Figures.Percent(bin.Upper, 0)}",
                $"{Figures.Fixed(bin.Count, 0)} samples",
                $"mean confidence {Figures.Percent(bin.Confidence, 1)}",
                $"accuracy {Figures.Percent(bin.Accuracy, 1)}"));
            svg.Leaf("rect", ("class", $"bar {ClassOf(Color)}"), ("x", left), ("y", accurate), ("width", width), ("height", frame.Bottom - accurate));
            svg.Leaf(
                "rect",
                ("class", "gap"),
                ("x", left), ("y", Math.Min(accurate, confident)), ("width", width), ("height", Math.Abs(accurate - confident)));
            double height = Math.Max(1, bin.Count / most * CountsHeight);
            svg.Leaf("rect", ("class", $"bar {ClassOf(PlotColor.Slate)}"), ("x", left), ("y", floor - height), ("width", width), ("height", height));
            svg.Leaf("rect", ("class", "hit"), ("x", left), ("y", frame.Top), ("width", width), ("height", frame.Bottom - frame.Top));
            svg.End();
        }

        svg.Leaf("line", ("class", "guide"), ("x1", frame.Left), ("y1", frame.Bottom), ("x2", frame.Right), ("y2", frame.Top));
        svg.Leaf("line", ("class", "rule"), ("x1", frame.Left), ("x2", frame.Right), ("y1", floor), ("y2", floor));
        svg.Text("text", TextMetrics.Fit("count", Size, frame.Left - 6), ("class", "tick end"), ("x", frame.Left - 6), ("y", floor - 2));
        if (Bins.All(b => b.Count == 0))
            frame.DrawEmpty(svg);
    }
}
