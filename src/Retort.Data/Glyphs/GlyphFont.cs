using System.Globalization;

namespace Retort.Data.Glyphs;

/// <summary>One style of all characters: which form of each is taken, how smooth its curves are, how wide
/// and slanted it is.</summary>
/// <remarks>The drawings are turned into polylines once, with steps short enough to be bent afterwards.</remarks>
internal sealed class GlyphFont
{
    // In box heights: a distortion bends a line only at its points.
    private const double LongestStep = 0.13;

    private readonly double[][][] _strokes;

    private GlyphFont(int form, int curveSteps, double width, double slant)
    {
        _strokes = new double[GlyphOutlines.Characters.Length][][];
        for (int label = 0; label < _strokes.Length; label++)
        {
            string[] forms = GlyphOutlines.Forms[label];
            _strokes[label] = Flatten(forms[form % forms.Length], curveSteps, width, slant);
        }
    }

    /// <summary>All fonts: plain, rounded, written, angular, narrow, wide and slanted ones.</summary>
    public static IReadOnlyList<GlyphFont> All { get; } =
    [
        new(form: 0, curveSteps: 8, width: 0.72, slant: 0),
        new(form: 1, curveSteps: 8, width: 0.76, slant: 0),
        new(form: 2, curveSteps: 8, width: 0.72, slant: 0.08),
        new(form: 0, curveSteps: 2, width: 0.74, slant: 0),
        new(form: 1, curveSteps: 2, width: 0.66, slant: 0),
        new(form: 0, curveSteps: 8, width: 0.54, slant: 0),
        new(form: 2, curveSteps: 3, width: 0.86, slant: -0.06),
        new(form: 1, curveSteps: 8, width: 0.68, slant: 0.22),
    ];

    /// <summary>How many numbers the longest stroke of any font has.</summary>
    public static int LongestStroke { get; } =
        All.Max(font => font._strokes.Max(strokes => strokes.Max(stroke => stroke.Length)));

    /// <summary>The strokes of a character: x₀ y₀ x₁ y₁ …, centred on 0, one unit high, y downwards.</summary>
    public double[][] Strokes(int label) => _strokes[label];

    private static double[][] Flatten(string path, int curveSteps, double width, double slant)
    {
        List<double[]> strokes = [];
        List<double> points = [];
        double x = 0;
        double y = 0;
        foreach (string command in SplitCommands(path))
        {
            double[] n = [.. command[1..].Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(text => double.Parse(text, CultureInfo.InvariantCulture))];
            switch (command[0])
            {
                case 'M':
                    Finish(strokes, points);
                    Add(points, n[0], n[1]);
                    break;
                case 'L':
                    Line(points, x, y, n[0], n[1]);
                    break;
                case 'Q':
                    for (int k = 1; k <= curveSteps; k++)
                    {
                        double t = (double)k / curveSteps;
                        double u = 1 - t;
                        Line(points, points[^2], points[^1], (u * u * x) + (2 * u * t * n[0]) + (t * t * n[2]),
                            (u * u * y) + (2 * u * t * n[1]) + (t * t * n[3]));
                    }
                    break;
                default:
                    for (int k = 1; k <= curveSteps; k++)
                    {
                        double t = (double)k / curveSteps;
                        double u = 1 - t;
                        double b0 = u * u * u;
                        double b1 = 3 * u * u * t;
                        double b2 = 3 * u * t * t;
                        double b3 = t * t * t;
                        Line(points, points[^2], points[^1], (b0 * x) + (b1 * n[0]) + (b2 * n[2]) + (b3 * n[4]),
                            (b0 * y) + (b1 * n[1]) + (b2 * n[3]) + (b3 * n[5]));
                    }
                    break;
            }
            x = n[^2];
            y = n[^1];
        }
        Finish(strokes, points);
        return [.. strokes.Select(stroke => Place(stroke, width, slant))];
    }

    private static IEnumerable<string> SplitCommands(string path)
    {
        int start = 0;
        for (int i = 1; i <= path.Length; i++)
        {
            if (i < path.Length && !char.IsAsciiLetter(path[i]))
                continue;
            yield return path[start..i];
            start = i;
        }
    }

    private static void Line(List<double> points, double fromX, double fromY, double toX, double toY)
    {
        double dx = toX - fromX;
        double dy = toY - fromY;
        int steps = Math.Max(1, (int)Math.Ceiling(Math.Sqrt((dx * dx) + (dy * dy)) / (100 * LongestStep)));
        for (int k = 1; k <= steps; k++)
            Add(points, fromX + (dx * k / steps), fromY + (dy * k / steps));
    }

    private static void Add(List<double> points, double x, double y)
    {
        points.Add(x);
        points.Add(y);
    }

    private static void Finish(List<double[]> strokes, List<double> points)
    {
        if (points.Count > 0)
            strokes.Add([.. points]);
        points.Clear();
    }

    private static double[] Place(double[] stroke, double width, double slant)
    {
        for (int i = 0; i < stroke.Length; i += 2)
        {
            double y = (stroke[i + 1] / 100) - 0.5;
            stroke[i] = (((stroke[i] / 100) - 0.5) * width) - (y * slant);
            stroke[i + 1] = y;
        }
        return stroke;
    }
}
