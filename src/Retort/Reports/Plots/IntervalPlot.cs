using Retort.Evaluation;

namespace Retort.Reports.Plots;

/// <summary>
/// Groups of values, a row each: each value as a ring where they differ, the mean as a marker, its spread as a bar.
/// </summary>
public sealed record IntervalPlot : Plot
{
    private const double Size = 12;
    private const double RowHeight = 44;

    /// <summary>The axis of the values.</summary>
    public Axis Axis { get; init; } = new();

    /// <summary>The rows, from the top.</summary>
    public required IReadOnlyList<IntervalRow> Rows { get; init; }

    /// <summary>
    /// Joins the values at equal places of neighbouring rows with equally many, as where the same seed stands behind both.
    /// </summary>
    public bool ArePaired { get; init; }

    private protected override double DrawnHeight => Rows.Count * RowHeight + 46;

    private protected override void Draw(SvgWriter svg)
    {
        // Names stand above their row's line, so that long ones cost no width.
        Scale scale = Scale.Over(Axis, Rows.SelectMany(r => r.Values), 20, Width - 24, Math.Clamp((int)(Width / 70), 2, 9));
        double bottom = Rows.Count * RowHeight + 8;
        foreach (Tick tick in scale.AllTicks)
        {
            double x = scale.Map(tick.Value);
            svg.Leaf("line", ("class", "grid"), ("x1", x), ("x2", x), ("y1", 4), ("y2", bottom));
            double half = TextMetrics.Width(tick.Label, PlotStyle.FontSize) / 2;
            svg.Text("text", tick.Label, ("class", "tick mid"), ("x", Math.Clamp(x, half, Width - half)), ("y", bottom + 14));
        }

        svg.Text("text", TextMetrics.Fit(Axis.Label, PlotStyle.FontSize, Width), ("class", "axis mid"), ("x", Width / 2),
            ("y", bottom + 31));
        for (int i = 1; i < Rows.Count && ArePaired; i++)
            DrawPairs(svg, scale, i);
        for (int i = 0; i < Rows.Count; i++)
            DrawRow(svg, scale, i);
    }

    private static double MiddleOf(int row) => row * RowHeight + 30;

    private void DrawRow(SvgWriter svg, Scale scale, int index)
    {
        IntervalRow row = Rows[index];
        double y = MiddleOf(index);
        MeanAndSpread spread = MeanAndSpread.Of(row.Values);
        string summary = Figures.WithSpread(spread.Mean, row.HasSpread ? spread.StandardDeviation : double.NaN, Axis.Format);
        double room = Width - TextMetrics.Width(summary, Size) - 16;
        svg.Text("text", TextMetrics.Fit(row.Name, Size, room / 1.15), ("class", $"label strong halo {ClassOf(row.Color)}"),
            ("x", 0), ("y", y - 13));
        svg.Text("text", summary, ("class", "end halo"), ("x", Width), ("y", y - 13));
        svg.Leaf("line", ("class", "rule"), ("x1", 0), ("x2", Width), ("y1", y), ("y2", y));
        if (!double.IsFinite(spread.Mean))
            return;
        if (spread.StandardDeviation > 0)
        {
            double low = scale.Map(spread.Mean - spread.StandardDeviation);
            double high = scale.Map(spread.Mean + spread.StandardDeviation);
            svg.Leaf(
                "path",
                ("class", $"mark {ClassOf(row.Color)}"),
                ("d", Marker.PathOf([(low, y), (high, y)])));
        }

        Marker.Draw(svg, row.Color, scale.Map(spread.Mean), y, 5.5, hover: $"{row.Name}: {summary}");
        for (int i = 0; i < row.Values.Count && row.HasSpread; i++)
        {
            if (!scale.CanShow(row.Values[i]))
                continue;
            string name = i < row.ValueNames.Count ? row.ValueNames[i] + ": " : "";
            svg.Hover(
                "circle",
                $"{row.Name}, {name}{Figures.Format(row.Values[i], Axis.Format)}",
                ("class", $"ring {ClassOf(row.Color)}"), ("cx", scale.Map(row.Values[i])), ("cy", y), ("r", 3.2));
        }
    }

    private void DrawPairs(SvgWriter svg, Scale scale, int index)
    {
        (IReadOnlyList<double> above, IReadOnlyList<double> here) = (Rows[index - 1].Values, Rows[index].Values);
        if (here.Count != above.Count || !Rows[index].HasSpread || !Rows[index - 1].HasSpread)
            return;
        for (int i = 0; i < here.Count; i++)
        {
            if (!scale.CanShow(above[i]) || !scale.CanShow(here[i]))
                continue;
            (double X, double Y)[] ends = [(scale.Map(above[i]), MiddleOf(index - 1)), (scale.Map(here[i]), MiddleOf(index))];
            svg.Leaf("path", ("class", "rule"), ("d", Marker.PathOf(ends)));
        }
    }
}
