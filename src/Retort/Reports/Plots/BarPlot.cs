namespace Retort.Reports.Plots;

/// <summary>Named values as horizontal bars, a row each, with an optional mark to compare with.</summary>
public sealed record BarPlot : Plot
{
    private const double Size = PlotStyle.FontSize;
    private const double RowHeight = 18;

    /// <summary>The axis of the values. Bars begin at 0 unless its minimum says otherwise.</summary>
    public Axis Axis { get; init; } = new();

    /// <summary>The rows, from the top.</summary>
    public required IReadOnlyList<BarRow> Rows { get; init; }

    /// <summary>What the bars are, for the legend; empty for no legend.</summary>
    public string BarName { get; init; } = "";

    /// <summary>What the marks are, for the legend.</summary>
    public string MarkName { get; init; } = "";

    /// <summary>The bars' colour.</summary>
    public PlotColor BarColor { get; init; }

    /// <summary>The marks' colour.</summary>
    public PlotColor MarkColor { get; init; } = PlotColor.Vermilion;

    private protected override double DrawnHeight => Items().Height + Rows.Count * RowHeight + 46;

    private protected override void Draw(SvgWriter svg)
    {
        Legend legend = Items();
        legend.Draw(svg);
        double top = legend.Height + 4, bottom = top + Rows.Count * RowHeight;
        double valueWidth = TextMetrics.Width("100.00 %", Size);
        double nameWidth = Rows.Select(r => TextMetrics.Width(r.Name, Size)).DefaultIfEmpty(0).Max();
        double left = Math.Min(nameWidth, Width * 0.34) + 8, right = Width - valueWidth - 8;
        Axis axis = Axis.Minimum is null ? Axis with { Minimum = Math.Min(0, Least()) } : Axis;
        Scale scale = Scale.Over(axis, Rows.SelectMany(r => new[] { r.Value, r.Mark }), left, right,
            Math.Clamp((int)((right - left) / 60), 2, 8));
        foreach (Tick tick in scale.AllTicks)
        {
            double x = scale.Map(tick.Value);
            svg.Leaf("line", ("class", "grid"), ("x1", x), ("x2", x), ("y1", top), ("y2", bottom));
            svg.Text("text", tick.Label, ("class", "tick mid"), ("x", x), ("y", bottom + 15));
        }

        svg.Text("text", TextMetrics.Fit(axis.Label, Size, right - left), ("class", "axis mid"), ("x", (left + right) / 2),
            ("y", bottom + 31));
        for (int i = 0; i < Rows.Count; i++)
            DrawRow(svg, scale, Rows[i], left, top + i * RowHeight);
    }

    private double Least() => Rows.SelectMany(r => new[] { r.Value, r.Mark }).Where(double.IsFinite).DefaultIfEmpty(0).Min();

    private Legend Items()
    {
        var items = new List<Legend.Item>();
        if (BarName.Length > 0)
            items.Add(new Legend.Item(BarName, BarColor, null));
        if (MarkName.Length > 0)
            items.Add(new Legend.Item(MarkName, MarkColor, null));
        return new Legend(items, Width);
    }

    private void DrawRow(SvgWriter svg, Scale scale, BarRow row, double left, double y)
    {
        string value = double.IsNaN(row.Value) ? "–" : Figures.Format(row.Value, Axis.Format);
        svg.Begin("g");
        string mark = double.IsNaN(row.Mark) ? "" : $"\n{MarkName}: {Figures.Format(row.Mark, Axis.Format)}";
        svg.Text("title", $"{row.Name}: {value}{mark}");
        svg.Leaf("rect", ("class", "hit"), ("x", 0), ("y", y), ("width", Width), ("height", RowHeight));
        svg.Text("text", TextMetrics.Fit(row.Name, Size, left - 8), ("class", "end"), ("x", left - 6), ("y", y + 13));
        if (scale.CanShow(row.Value))
        {
            double zero = scale.Map(Math.Clamp(0, scale.Minimum, scale.Maximum)), end = scale.Map(row.Value);
            svg.Leaf(
                "rect",
                ("class", $"bar {ClassOf(BarColor)}"),
                ("x", Math.Min(zero, end)), ("y", y + 4), ("width", Math.Abs(end - zero)), ("height", RowHeight - 8), ("rx", 1));
        }

        if (scale.CanShow(row.Mark))
            Marker.Draw(svg, MarkColor, scale.Map(row.Mark), y + RowHeight / 2, 3.4);
        svg.Text("text", value, ("class", "end"), ("x", Width), ("y", y + 13));
        svg.End();
    }
}
