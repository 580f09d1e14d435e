namespace Retort.Data.Sets;

/// <summary>Draws a few shapes and gives their boxes.</summary>
internal static class ToyScene
{
    /// <summary>Width and height of a picture.</summary>
    public const int Size = 48;

    /// <summary>The most shapes that a picture has.</summary>
    public const int MostShapes = 3;

    private const double LeastRadius = 5, MostRadius = 10;
    private const int Tries = 50;

    /// <summary>Names of the kinds of shapes, in the order of their classes.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["disk", "square", "ring", "plus", "diamond"];

    /// <summary>Draws a picture.</summary>
    /// <param name="random">Decides everything.</param>
    /// <param name="noise">Deviation of what is added to each value, of pictures from 0 to 1.</param>
    /// <param name="pixels">Receives 3 planes of <see cref="Size"/> × <see cref="Size"/> bytes.</param>
    /// <param name="boxes">Receives a row for each shape; the others must be zeros.</param>
    public static void Draw(RandomStream random, double noise, Span<byte> pixels, Span<float> boxes)
    {
        Span<double> values = stackalloc double[3 * Size * Size];
        for (int c = 0; c < 3; c++)
            values.Slice(c * Size * Size, Size * Size).Fill(random.NextUniform(0, 0.4));
        int wanted = random.NextInt(1, MostShapes + 1), found = 0;
        for (int trial = 0; found < wanted && trial < Tries; trial++)
        {
            double radius = random.NextUniform(LeastRadius, MostRadius);
            double x = random.NextUniform(radius, Size - radius), y = random.NextUniform(radius, Size - radius);
            Span<float> box = boxes.Slice(found * BoxedSource.Columns, BoxedSource.Columns);
            ReadOnlySpan<float> corners = [(float)(x - radius), (float)(y - radius), (float)(x + radius), (float)(y + radius)];
            if (Overlaps(corners, boxes[..(found * BoxedSource.Columns)]))
                continue;
            int kind = random.NextInt(Kinds.Count);
            corners.CopyTo(box);
            box[4] = kind;
            found++;
            ReadOnlySpan<double> colour = [random.NextUniform(0.4, 1), random.NextUniform(0.4, 1), random.NextUniform(0.4, 1)];
            for (int at = 0; at < Size * Size; at++)
            {
                if (!Covers(kind, (at % Size) + 0.5 - x, (at / Size) + 0.5 - y, radius))
                    continue;
                for (int c = 0; c < 3; c++)
                    values[(c * Size * Size) + at] = colour[c];
            }
        }

        for (int k = 0; k < values.Length; k++)
            pixels[k] = (byte)Math.Clamp(Math.Round(255 * (values[k] + (noise * random.NextGaussian()))), 0, 255);
    }

    private static bool Overlaps(ReadOnlySpan<float> box, ReadOnlySpan<float> others)
    {
        for (int k = 0; k < others.Length; k += BoxedSource.Columns)
        {
            if (box[0] < others[k + 2] && others[k] < box[2] && box[1] < others[k + 3] && others[k + 1] < box[3])
                return true;
        }

        return false;
    }

    private static bool Covers(int kind, double x, double y, double radius)
    {
        (x, y) = (Math.Abs(x), Math.Abs(y));
        double distance = Math.Sqrt((x * x) + (y * y));
        return kind switch
        {
            0 => distance <= radius,
            1 => Math.Max(x, y) <= radius,
            2 => distance <= radius && distance >= 0.55 * radius,
            3 => Math.Max(x, y) <= radius && Math.Min(x, y) <= radius / 3,
            _ => x + y <= radius,
        };
    }
}
