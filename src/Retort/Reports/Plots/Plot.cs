namespace Retort.Reports.Plots;

/// <summary>A drawing that the program writes as SVG: no script, sharp on paper, readable in light and dark.</summary>
public abstract record Plot
{
    private const double TitleHeight = 26;

    /// <summary>What it shows, in a few words. Read aloud by screen readers, and drawn where the plot stands alone.</summary>
    public required string Title { get; init; }

    /// <summary>What can be seen in it, for who cannot see it.</summary>
    public string Description { get; init; } = "";

    /// <summary>Width of the drawing in its own units, which are pixels at natural size. At least 160.</summary>
    public double Width { get; init; } = 430;

    /// <summary>Height of the drawing. Plots with rows find their own and ignore this.</summary>
    public double Height { get; init; } = 260;

    /// <summary>Writes an SVG document of its own, with colours for light and dark and its title drawn.</summary>
    public string ToSvg() => Write("plot", isAlone: true);

    /// <summary>Writes an <c>svg</c> element for a page that carries <see cref="PlotStyle"/> and a caption.</summary>
    /// <param name="id">Unique in the page; title and description are found by it.</param>
    internal string ToElement(string id) => Write(id, isAlone: false);

    internal static string ClassOf(PlotColor color) =>
        "c" + ((int)color % 6).ToString(System.Globalization.CultureInfo.InvariantCulture);

    private protected abstract double DrawnHeight { get; }

    private protected abstract void Draw(SvgWriter svg);

    private string Write(string id, bool isAlone)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Width, 160);
        double top = isAlone ? TitleHeight : 0;
        var svg = new SvgWriter();
        svg.Begin(
            "svg",
            ("xmlns", "http://www.w3.org/2000/svg"),
            ("viewBox", $"0 0 {SvgWriter.Number(Width)} {SvgWriter.Number(DrawnHeight + top)}"),
            ("width", Width),
            ("height", DrawnHeight + top),
            ("class", "plot"),
            ("role", "img"),
            ("aria-labelledby", Description.Length > 0 ? $"{id}-title {id}-desc" : $"{id}-title"));
        svg.Text("title", Title, ("id", $"{id}-title"));
        if (Description.Length > 0)
            svg.Text("desc", Description, ("id", $"{id}-desc"));
        if (isAlone)
        {
            svg.Text("style", PlotStyle.Standalone);
            svg.Leaf("rect", ("class", "paper"), ("width", Width), ("height", DrawnHeight + top));
            svg.Text("text", TextMetrics.Fit(Title, 14, Width - 12), ("class", "heading"), ("x", 6), ("y", 19));
            svg.Begin("g", ("transform", $"translate(0 {SvgWriter.Number(top)})"));
        }

        Draw(svg);
        if (isAlone)
            svg.End();
        svg.End();
        return svg.ToString();
    }
}
