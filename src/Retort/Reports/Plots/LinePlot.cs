using System.Diagnostics.CodeAnalysis;

namespace Retort.Reports.Plots;

/// <summary>Values over a common quantity, such as accuracy over epochs, with a band for their spread.</summary>
/// <remarks>
/// Values that are not finite break the line. Names stand at the lines' ends where there is room, else in a legend; a dashed
/// line goes by the name of the solid one of its colour.
/// Resting the pointer on the plot shows the values of all series there.
/// </remarks>
public sealed record LinePlot : Plot
{
    private const double Size = PlotStyle.FontSize;
    private const double LabelHeight = 13;

    /// <summary>The horizontal axis.</summary>
    public Axis X { get; init; } = new();

    /// <summary>The vertical axis.</summary>
    public Axis Y { get; init; } = new();

    /// <summary>The lines, the most important last: it is drawn on top.</summary>
    public required IReadOnlyList<LineSeries> Series { get; init; }

    private protected override double DrawnHeight => Height;

    private protected override void Draw(SvgWriter svg)
    {
        List<LineSeries> drawn = [.. Series.Where(s => s.Points.Any(p => Shows(X, p.X) && Shows(Y, p.Y)))];
        List<LineSeries> named = [.. drawn.Where(s => !s.IsDashed || !drawn.Any(d => !d.IsDashed && d.Color == s.Color))];
        if (TryPlaceLabels(drawn, named, out Frame? labelled, out double[] places))
        {
            DrawSeries(svg, labelled, drawn);
            for (int i = 0; i < named.Count; i++)
            {
                svg.Text(
                    "text",
                    named[i].Name,
                    ("class", $"label strong {ClassOf(named[i].Color)}"), ("x", labelled.Right + 9), ("y", places[i] + 4));
            }

            return;
        }

        var legend = new Legend(named.Select(s => new Legend.Item(s.Name, s.Color, LineClass(s))), Width);
        Frame frame = FrameWith(drawn, new Frame.Margins(Top: legend.Height));
        legend.Draw(svg);
        DrawSeries(svg, frame, drawn);
    }

    private static bool Shows(Axis axis, double value) => double.IsFinite(value) && (!axis.IsLog || value > 0);

    private static string LineClass(LineSeries series) => series.IsDashed ? "line dashed" : "line";

    private Frame FrameWith(List<LineSeries> drawn, Frame.Margins margins)
    {
        IEnumerable<LinePoint> points = drawn.SelectMany(s => s.Points);
        return new Frame(Width, Height, margins, X, Y, points.Select(p => p.X),
            points.SelectMany(p => new[] { p.Y, p.Lower, p.Upper }));
    }

    // Labels may move apart a little, but not so far that one seems to belong to another line.
    private bool TryPlaceLabels(
        List<LineSeries> drawn, List<LineSeries> named, [NotNullWhen(true)] out Frame? frame, out double[] places)
    {
        frame = null;
        places = [];
        double widest = named.Select(s => TextMetrics.StrongWidth(s.Name, Size)).DefaultIfEmpty(0).Max();
        if (named.Count is < 2 or > 5 || widest > Width * 0.28)
            return false;
        Frame laid = FrameWith(drawn, new Frame.Margins(Right: widest + 12));
        double[] wanted = [.. named.Select(s => laid.Y.Map(s.Points.Last(p => Shows(X, p.X) && Shows(Y, p.Y)).Y))];
        int[] order = [.. Enumerable.Range(0, wanted.Length).OrderBy(i => wanted[i])];
        places = (double[])wanted.Clone();
        for (int i = 1; i < order.Length; i++)
            places[order[i]] = Math.Max(places[order[i]], places[order[i - 1]] + LabelHeight);
        double below = Math.Max(0, places[order[^1]] - laid.Bottom);
        double shift = below + places.Zip(wanted, (p, w) => p - w).Max() / 2;
        for (int i = 0; i < places.Length; i++)
            places[i] -= Math.Min(shift, places[order[0]] - laid.Top);
        frame = laid;
        return places.Zip(wanted, (p, w) => Math.Abs(p - w)).Max() <= LabelHeight;
    }

    private void DrawSeries(SvgWriter svg, Frame frame, List<LineSeries> drawn)
    {
        frame.Draw(svg);
        if (drawn.Count == 0)
            frame.DrawEmpty(svg);
        foreach (LineSeries series in drawn)
        {
            foreach (List<LinePoint> run in Runs(series.Points, p => frame.Holds(p.X, p.Lower) && frame.Holds(p.X, p.Upper)))
            {
                var edge = run.Select(p => (frame.X.Map(p.X), frame.Y.Map(p.Upper)))
                    .Concat(Enumerable.Reverse(run).Select(p => (frame.X.Map(p.X), frame.Y.Map(p.Lower))));
                if (run.Count > 1)
                    svg.Leaf("path", ("class", $"band {ClassOf(series.Color)}"), ("d", Marker.PathOf(edge) + "Z"));
            }
        }

        foreach (LineSeries series in drawn)
        {
            foreach (List<LinePoint> run in Runs(series.Points, p => frame.Holds(p.X, p.Y)))
            {
                (double X, double Y)[] path = [.. run.Select(p => (frame.X.Map(p.X), frame.Y.Map(p.Y)))];
                if (path.Length > 1)
                    svg.Leaf("path", ("class", $"{LineClass(series)} {ClassOf(series.Color)}"), ("d", Marker.PathOf(path)));
                if (path.Length == 1 || !series.IsDashed)
                    Marker.Draw(svg, series.Color, path[^1].X, path[^1].Y, 3.4);
            }
        }

        DrawHovers(svg, frame, drawn);
    }

    private void DrawHovers(SvgWriter svg, Frame frame, List<LineSeries> drawn)
    {
        const int MostStrips = 120;
        double[] xs = [.. drawn.SelectMany(s => s.Points).Select(p => p.X).Where(frame.X.CanShow).Distinct().Order()];
        int stride = Math.Max(1, (xs.Length + MostStrips - 1) / MostStrips);
        double[] shown = [.. xs.Where((_, i) => i % stride == 0)];
        for (int i = 0; i < shown.Length; i++)
        {
            double x = shown[i];
            double left = i == 0 ? frame.Left : (frame.X.Map(shown[i - 1]) + frame.X.Map(x)) / 2;
            double right = i == shown.Length - 1 ? frame.Right : (frame.X.Map(x) + frame.X.Map(shown[i + 1])) / 2;
            IEnumerable<string> lines = drawn
                .SelectMany(s => s.Points.Where(p => p.X == x).Take(1).Select(p => $"{s.Name}: {Describe(p)}"))
                .Prepend($"{(X.Label.Length > 0 ? X.Label : "x")} {Figures.Format(x, X.Format)}");
            svg.Hover(
                "rect",
                string.Join('\n', lines),
                ("class", "hit"), ("x", left), ("y", frame.Top), ("width", right - left), ("height", frame.Bottom - frame.Top));
        }
    }

    private string Describe(LinePoint point)
    {
        string text = Figures.Format(point.Y, Y.Format);
        return double.IsFinite(point.Lower + point.Upper) && point.Upper > point.Lower
            ? $"{text} ({Figures.Format(point.Lower, Y.Format)} … {Figures.Format(point.Upper, Y.Format)})"
            : text;
    }

    private static IEnumerable<List<LinePoint>> Runs(IReadOnlyList<LinePoint> points, Func<LinePoint, bool> holds)
    {
        var run = new List<LinePoint>();
        foreach (LinePoint point in points)
        {
            if (holds(point))
            {
                run.Add(point);
            }
            else if (run.Count > 0)
            {
                yield return run;
                run = [];
            }
        }

        if (run.Count > 0)
            yield return run;
    }
}
