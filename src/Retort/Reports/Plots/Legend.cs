namespace Retort.Reports.Plots;

/// <summary>Names of series in rows above a plot.</summary>
internal sealed class Legend
{
    private const double Size = PlotStyle.FontSize;
    private const double RowHeight = 17;
    private const double SwatchWidth = 22;
    private const double Gap = 14;

    private readonly List<(Item Item, string Text, double X, int Row)> _placed = [];

    /// <summary>Places the names; one that is wider than the plot is cut, with its full text on hover.</summary>
    public Legend(IEnumerable<Item> items, double width)
    {
        double x = 0;
        int row = 0;
        foreach (Item item in items)
        {
            string text = TextMetrics.Fit(item.Name, Size, width - SwatchWidth);
            double needed = SwatchWidth + TextMetrics.Width(text, Size);
            if (x > 0 && x + needed > width)
            {
                x = 0;
                row++;
            }

            _placed.Add((item, text, x, row));
            x += needed + Gap;
        }

        Height = _placed.Count == 0 ? 0 : (row + 1) * RowHeight + 3;
    }

    /// <summary>A name; <paramref name="Line"/> is the class of its line, or null for a marker alone.</summary>
    public readonly record struct Item(string Name, PlotColor Color, string? Line);

    /// <summary>The height that it takes.</summary>
    public double Height { get; }

    public void Draw(SvgWriter svg)
    {
        foreach ((Item item, string text, double x, int row) in _placed)
        {
            double y = row * RowHeight + 12;
            svg.Begin("g", ("class", "legend"));
            if (text != item.Name)
                svg.Text("title", item.Name);
            if (item.Line is not null)
                svg.Leaf("path", ("class", $"{item.Line} {Plot.ClassOf(item.Color)}"),
                    ("d", Marker.PathOf([(x, y - 4), (x + 18, y - 4)])));
            if (item.Line is null || !item.Line.Contains("dashed", StringComparison.Ordinal))
                Marker.Draw(svg, item.Color, x + 9, y - 4, 3.4);
            svg.Text("text", text, ("x", x + SwatchWidth), ("y", y));
            svg.End();
        }
    }
}
