namespace Retort.Data.Glyphs;

/// <summary>The strokes, patches and noise of one picture, drawn into memory that the next picture uses again.</summary>
internal sealed class GlyphCanvas
{
    private const int Size = GlyphRenderer.Size;
    private const double Height = 18;
    private const double Centre = Size / 2.0;
    private const int GridSize = 4;

    private readonly double[] _cover = new double[Size * Size];
    private readonly double[] _light = new double[Size * Size];
    private readonly double[] _grid = new double[2 * GridSize * GridSize];
    private readonly double[] _points = new double[GlyphFont.LongestStroke];

    public void Draw(RandomStream random, int label, GlyphStyle style, Span<byte> pixels)
    {
        Array.Clear(_cover);
        DrawGlyph(random, label, style);
        DrawClutter(random, style);

        double contrast = random.NextUniform(style.Contrast, 1);
        double ground = random.NextDouble() * (1 - contrast);
        double tiltX = random.NextUniform(-0.12, 0.12) * (1 - contrast);
        double tiltY = random.NextUniform(-0.12, 0.12) * (1 - contrast);
        for (int y = 0; y < Size; y++)
        {
            for (int x = 0; x < Size; x++)
            {
                double shade = ground + (tiltX * (x - Centre) / Centre) + (tiltY * (y - Centre) / Centre);
                _light[(y * Size) + x] = shade + (contrast * _cover[(y * Size) + x]);
            }
        }
        DrawOccluders(random, style, ground, contrast);
        Expose(random, style, pixels);
    }

    private void DrawGlyph(RandomStream random, int label, GlyphStyle style)
    {
        GlyphFont font = GlyphFont.All[random.NextInt(GlyphFont.All.Count)];
        double a = style.Affine;
        double width = Height * (1 + (0.18 * a * Signed(random)));
        double height = Height * (1 + (0.18 * a * Signed(random)));
        double shear = 0.25 * a * Signed(random);
        double left = Centre - 0.5 + (2.5 * a * Signed(random));
        double top = Centre - 0.5 + (2.5 * a * Signed(random));

        // t = tan(θ/2) gives sine and cosine by division alone; 0.1317 is the one of 15°.
        double t = 0.1317 * a * Signed(random);
        double cos = (1 - (t * t)) / (1 + (t * t));
        double sin = 2 * t / (1 + (t * t));
        for (int i = 0; i < _grid.Length; i++)
            _grid[i] = style.Distortion * Signed(random);
        double thickness = random.NextUniform(0.7, 1.7);
        double softness = random.NextUniform(0.5, 1.1);

        foreach (double[] stroke in font.Strokes(label))
        {
            for (int i = 0; i < stroke.Length; i += 2)
            {
                double x = width * (stroke[i] + (shear * stroke[i + 1]));
                double y = height * stroke[i + 1];
                Bend(stroke[i], stroke[i + 1], out double bendX, out double bendY);
                _points[i] = left + (cos * x) - (sin * y) + bendX;
                _points[i + 1] = top + (sin * x) + (cos * y) + bendY;
            }
            Ink(_points.AsSpan(0, stroke.Length), thickness, softness);
        }
    }

    // Bilinear interpolation of the displacements at the grid's nodes, which span the box −0.6 … 0.6.
    private void Bend(double x, double y, out double bendX, out double bendY)
    {
        double gx = Math.Clamp((x + 0.6) / 1.2, 0, 0.999999) * (GridSize - 1);
        double gy = Math.Clamp((y + 0.6) / 1.2, 0, 0.999999) * (GridSize - 1);
        int column = (int)gx;
        int row = (int)gy;
        double fx = gx - column;
        double fy = gy - row;
        int at = 2 * ((row * GridSize) + column);
        bendX = Mix(at, fx, fy);
        bendY = Mix(at + 1, fx, fy);
    }

    private double Mix(int at, double fx, double fy)
    {
        double above = _grid[at] + (fx * (_grid[at + 2] - _grid[at]));
        double below = _grid[at + (2 * GridSize)] + (fx * (_grid[at + (2 * GridSize) + 2] - _grid[at + (2 * GridSize)]));
        return above + (fy * (below - above));
    }

    private void DrawClutter(RandomStream random, GlyphStyle style)
    {
        int count = Count(random, style.Clutter);
        for (int i = 0; i < count; i++)
        {
            // Near an edge: a stray stroke through the middle would make another letter of it.
            double along = random.NextUniform(0, Size);
            double depth = random.NextUniform(-2, 5);
            int side = random.NextInt(4);
            double x = side switch { 0 => along, 1 => along, 2 => depth, _ => Size - depth };
            double y = side switch { 0 => depth, 1 => Size - depth, _ => along };
            double dx = random.NextUniform(-3.5, 3.5);
            double dy = random.NextUniform(-3.5, 3.5);
            double curl = random.NextUniform(-0.6, 0.6);
            for (int k = 0; k < 4; k++)
            {
                _points[2 * k] = x;
                _points[(2 * k) + 1] = y;
                x += dx;
                y += dy;
                (dx, dy) = (dx - (curl * dy), dy + (curl * dx));
            }
            Ink(_points.AsSpan(0, 8), random.NextUniform(0.6, 1.3), random.NextUniform(0.5, 1.1));
        }
    }

    private void DrawOccluders(RandomStream random, GlyphStyle style, double ground, double contrast)
    {
        int count = Count(random, style.Occlusion);
        for (int i = 0; i < count; i++)
        {
            double x = Centre + random.NextUniform(-8, 8);
            double y = Centre + random.NextUniform(-8, 8);
            double t = random.NextUniform(-1, 1);   // any direction: a bar looks the same upside down
            double cos = (1 - (t * t)) / (1 + (t * t));
            double sin = 2 * t / (1 + (t * t));
            bool bar = random.NextBoolean(0.6);
            double halfLength = bar ? random.NextUniform(6, 14) : random.NextUniform(2, 4.5);
            double halfWidth = bar ? random.NextUniform(0.6, 1.5) : random.NextUniform(1.5, 3.5);

            // Mostly the colour of the ground, which takes strokes away; else that of ink, which adds one.
            double light = random.NextBoolean(0.7) ? ground : ground + (contrast * random.NextDouble());
            for (int py = 0; py < Size; py++)
            {
                for (int px = 0; px < Size; px++)
                {
                    double along = Math.Abs((cos * (px - x)) + (sin * (py - y))) - halfLength;
                    double across = Math.Abs((cos * (py - y)) - (sin * (px - x))) - halfWidth;
                    double cover = Math.Clamp(0.5 - Math.Max(along, across), 0, 1);
                    int at = (py * Size) + px;
                    _light[at] += cover * (light - _light[at]);
                }
            }
        }
    }

    private void Expose(RandomStream random, GlyphStyle style, Span<byte> pixels)
    {
        // The sum of four uniform 16-bit numbers is near enough to a normal one, and a word gives one of them.
        double scale = 255 * style.Noise * random.NextUniform(0.5, 1.5) / (65536 * 0.5773502691896258);
        for (int i = 0; i < pixels.Length; i++)
        {
            ulong word = random.NextUInt64();
            long sum = (long)((word & 0xFFFF) + ((word >> 16) & 0xFFFF) + ((word >> 32) & 0xFFFF) + (word >> 48)) - (2 * 65535);
            pixels[i] = (byte)Math.Clamp((255 * _light[i]) + (scale * sum) + 0.5, 0, 255.5);
        }
    }

    private void Ink(ReadOnlySpan<double> points, double radius, double softness)
    {
        for (int i = 2; i < points.Length; i += 2)
            Segment(points[i - 2], points[i - 1], points[i], points[i + 1], radius, softness);
    }

    private void Segment(double ax, double ay, double bx, double by, double radius, double softness)
    {
        double reach = radius + softness;
        int left = (int)Math.Clamp(Math.Ceiling(Math.Min(ax, bx) - reach), 0, Size);
        int right = (int)Math.Clamp(Math.Floor(Math.Max(ax, bx) + reach), -1, Size - 1);
        int top = (int)Math.Clamp(Math.Ceiling(Math.Min(ay, by) - reach), 0, Size);
        int bottom = (int)Math.Clamp(Math.Floor(Math.Max(ay, by) + reach), -1, Size - 1);
        double dx = bx - ax;
        double dy = by - ay;
        double length = (dx * dx) + (dy * dy);
        double inverse = length > 1e-12 ? 1 / length : 0;
        for (int y = top; y <= bottom; y++)
        {
            for (int x = left; x <= right; x++)
            {
                double along = Math.Clamp((((x - ax) * dx) + ((y - ay) * dy)) * inverse, 0, 1);
                double ex = x - ax - (along * dx);
                double ey = y - ay - (along * dy);
                double distance = Math.Sqrt((ex * ex) + (ey * ey));
                double cover = Math.Clamp((reach - distance) / (2 * softness), 0, 1);
                ref double held = ref _cover[(y * Size) + x];
                held = Math.Max(held, cover);
            }
        }
    }

    private static double Signed(RandomStream random) => (2 * random.NextDouble()) - 1;

    // A whole number whose mean is the one asked for, spread over 0 … 2·mean.
    private static int Count(RandomStream random, double mean) => (int)((2 * mean * random.NextDouble()) + random.NextDouble());
}
