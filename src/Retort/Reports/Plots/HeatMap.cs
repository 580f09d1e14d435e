using Retort.Evaluation;

namespace Retort.Reports.Plots;

/// <summary>
/// A confusion matrix: rows are true classes, columns predictions; a cell is stronger the larger its share of the row.
/// </summary>
/// <remarks>Hits are blue, mistakes orange. Counts are written into cells that have room. Up to 100 classes.</remarks>
public sealed record HeatMap : Plot
{
    private const double Size = PlotStyle.FontSize;
    private const double SmallSize = 9;

    /// <summary>The counts.</summary>
    public required ConfusionMatrix Matrix { get; init; }

    /// <summary>The classes' names, [K].</summary>
    public required IReadOnlyList<string> Names { get; init; }

    private double LabelWidth =>
        Math.Min(Names.Select(n => TextMetrics.Width(n, LabelSize)).DefaultIfEmpty(0).Max(), Width * 0.22) + 6;

    private double Left => LabelWidth + 18;

    private double Cell => (Width - Left - 2) / Matrix.Classes;

    private double LabelSize => Math.Clamp(Width / Matrix.Classes * 0.62, SmallSize, Size);

    private bool AreNamesUpright => Names.All(n => TextMetrics.Width(n, LabelSize) <= Cell - 2);

    private double Top => (AreNamesUpright ? LabelSize + 4 : LabelWidth) + 18;

    private protected override double DrawnHeight => Top + Cell * Matrix.Classes + 4;

    private protected override void Draw(SvgWriter svg)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Matrix.Classes, 100, nameof(Matrix));
        if (Names.Count != Matrix.Classes)
            throw new ArgumentException($"'Names' has {Names.Count} entries; the matrix has {Matrix.Classes} classes.");
        double side = Cell * Matrix.Classes;
        svg.Leaf("rect", ("class", "wash"), ("x", Left), ("y", Top), ("width", side), ("height", side));
        svg.Text("text", "Predicted", ("class", "axis mid"), ("x", Left + side / 2), ("y", 11));
        svg.Text(
            "text",
            "True",
            ("class", "axis mid"),
            ("transform", $"translate(10 {SvgWriter.Number(Top + side / 2)}) rotate(-90)"));
        for (int k = 0; k < Matrix.Classes; k++)
            DrawNames(svg, k);
        foreach (Confusion cell in Matrix.Cells())
            DrawCell(svg, cell);
    }

    private void DrawNames(SvgWriter svg, int k)
    {
        string name = TextMetrics.Fit(Names[k], LabelSize, LabelWidth - 4);
        string size = SvgWriter.Number(LabelSize) + "px";
        double middle = (k + 0.5) * Cell;
        if (Cell < LabelSize * 0.95)
        {
            // Too tight for every name; every second or third still tells where one is.
            int stride = (int)Math.Ceiling(LabelSize * 1.05 / Cell);
            if (k % stride != 0)
                return;
        }

        svg.Text("text", name, ("class", "tick end"), ("style", "font-size:" + size), ("x", Left - 4),
            ("y", Top + middle + LabelSize * 0.35));
        if (AreNamesUpright)
        {
            svg.Text("text", name, ("class", "tick mid"), ("style", "font-size:" + size), ("x", Left + middle), ("y", Top - 5));
            return;
        }

        string place = $"translate({SvgWriter.Number(Left + middle + LabelSize * 0.35)} {SvgWriter.Number(Top - 4)}) rotate(-90)";
        svg.Text("text", name, ("class", "tick"), ("style", "font-size:" + size), ("transform", place));
    }

    private void DrawCell(SvgWriter svg, Confusion cell)
    {
        double share = (double)cell.Count / Matrix.Support(cell.Label);

        // The root lifts rare mistakes out of the background; counts tell the exact ratio.
        double opacity = 0.06 + 0.94 * Math.Sqrt(share);
        bool isHit = cell.Label == cell.Prediction;
        (double x, double y) = (Left + cell.Prediction * Cell, Top + cell.Label * Cell);
        string what = isHit ? $"{Names[cell.Label]} recognised" : $"{Names[cell.Label]} taken for {Names[cell.Prediction]}";
        svg.Begin("g");
        svg.Text("title", $"{what}: {Figures.Fixed(cell.Count, 0)} ({Figures.Percent(share, 1)})");
        svg.Leaf(
            "rect",
            ("class", $"bar {ClassOf(isHit ? PlotColor.Blue : PlotColor.Vermilion)}"),
            ("x", x + 0.5), ("y", y + 0.5), ("width", Cell - 1), ("height", Cell - 1), ("opacity", opacity));
        string count = Figures.Fixed(cell.Count, 0);
        double size = Math.Min(Size, Cell * 0.42);
        if (size >= 7.5 && TextMetrics.Width(count, size) <= Cell - 3)
        {
            svg.Text(
                "text",
                count,
                ("class", opacity > 0.6 ? "mid inv" : "mid"),
                ("style", $"font-size:{SvgWriter.Number(size)}px"),
                ("x", x + Cell / 2), ("y", y + Cell / 2 + size * 0.35));
        }

        svg.End();
    }
}
