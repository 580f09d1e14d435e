namespace Retort.Reports.Plots;

/// <summary>The shapes that tell series apart where colour does not.</summary>
internal static class Marker
{
    /// <summary>Draws a series' shape around a point.</summary>
    public static void Draw(
        SvgWriter svg, PlotColor color, double x, double y, double radius, string style = "dot", string? hover = null)
    {
        string cssClass = $"{style} {Plot.ClassOf(color)}";
        if (color == PlotColor.Blue)
        {
            Write(svg, "circle", hover, ("class", cssClass), ("cx", x), ("cy", y), ("r", radius));
            return;
        }

        double r = radius;
        (double X, double Y)[] corners = ((int)color % 6) switch
        {
            1 => [(-.9 * r, -.9 * r), (.9 * r, -.9 * r), (.9 * r, .9 * r), (-.9 * r, .9 * r)],
            2 => [(0, -1.3 * r), (1.3 * r, 0), (0, 1.3 * r), (-1.3 * r, 0)],
            3 => [(0, -1.2 * r), (1.2 * r, r), (-1.2 * r, r)],
            4 => [(0, 1.2 * r), (1.2 * r, -r), (-1.2 * r, -r)],
            _ =>
            [
                (-.4 * r, -1.2 * r), (.4 * r, -1.2 * r), (.4 * r, -.4 * r), (1.2 * r, -.4 * r),
                (1.2 * r, .4 * r), (.4 * r, .4 * r), (.4 * r, 1.2 * r), (-.4 * r, 1.2 * r),
                (-.4 * r, .4 * r), (-1.2 * r, .4 * r), (-1.2 * r, -.4 * r), (-.4 * r, -.4 * r),
            ],
        };
        Write(svg, "path", hover, ("class", cssClass), ("d", PathOf(corners.Select(c => (x + c.X, y + c.Y))) + "Z"));
    }

    /// <summary>A path through points, as the attribute <c>d</c>.</summary>
    public static string PathOf(IEnumerable<(double X, double Y)> points) =>
        "M" + string.Join('L', points.Select(p => SvgWriter.Number(p.X) + " " + SvgWriter.Number(p.Y)));

    private static void Write(SvgWriter svg, string tag, string? hover, params ReadOnlySpan<SvgAttribute> attributes)
    {
        if (hover is null)
            svg.Leaf(tag, attributes);
        else
            svg.Hover(tag, hover, attributes);
    }
}
