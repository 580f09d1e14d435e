using Retort.Torch;

namespace Retort.Data.Transforms;

/// <summary>An affine map of the plane, in pixels from the picture's centre: (x, y) → (Xx·x + Xy·y + X0, Yx·x + Yy·y +
/// Y0).</summary>
internal readonly record struct AffineMap(double Xx, double Xy, double X0, double Yx, double Yy, double Y0)
{
    public static AffineMap Identity { get; } = new(1, 0, 0, 0, 1, 0);

    public static AffineMap Rotation(double degrees)
    {
        (double sin, double cos) = ExactMath.SinCos(degrees * Math.PI / 180);
        return new AffineMap(cos, -sin, 0, sin, cos, 0);
    }

    public static AffineMap Shear(double x, double y) => new(1, x, 0, y, 1, 0);

    public static AffineMap Scale(double factor) => new(factor, 0, 0, 0, factor, 0);

    public static AffineMap Translation(double x, double y) => new(1, 0, x, 0, 1, y);

    /// <summary>First this map, then the other.</summary>
    public AffineMap Then(AffineMap next) => new(
        (next.Xx * Xx) + (next.Xy * Yx), (next.Xx * Xy) + (next.Xy * Yy), (next.Xx * X0) + (next.Xy * Y0) + next.X0,
        (next.Yx * Xx) + (next.Yy * Yx), (next.Yx * Xy) + (next.Yy * Yy), (next.Yx * X0) + (next.Yy * Y0) + next.Y0);
}

/// <summary>Moves the pixels of pictures along affine maps.</summary>
internal static class Warp
{
    private const long Bilinear = 0;
    private const long ZeroPadding = 0;

    /// <summary>Samples pictures along maps from target to source positions; outside is zero.</summary>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="maps">One a picture: where the content of each target position comes from.</param>
    public static Tensor Apply(Tensor input, IReadOnlyList<AffineMap> maps)
    {
        long height = input.Size(2);
        long width = input.Size(3);
        var theta = new float[maps.Count * 6];
        for (int k = 0; k < maps.Count; k++)
        {
            // The grid's unit is half a picture, which differs between the axes.
            AffineMap m = maps[k];
            double aspect = (double)height / width;
            ReadOnlySpan<double> row = [m.Xx, m.Xy * aspect, 2 * m.X0 / width, m.Yx / aspect, m.Yy, 2 * m.Y0 / height];
            for (int i = 0; i < 6; i++)
                theta[(k * 6) + i] = (float)row[i];
        }

        Tensor matrix = Tensor.From(theta, maps.Count, 2, 3).To(input.DType).To(input.Device);
        Tensor grid = Base(height, width).To(input.DType).To(input.Device).Unsqueeze(0)   // [1, HW, 3]
            .MatMul(matrix.Transpose(1, 2))                                                // [N, HW, 2]
            .Reshape([maps.Count, height, width, 2]);
        return Ops.GridSampler(input, grid, Bilinear, ZeroPadding, alignCorners: false);
    }

    private static Tensor Base(long height, long width)
    {
        var points = new float[height * width * 3];
        for (long y = 0, at = 0; y < height; y++)
        {
            for (long x = 0; x < width; x++, at += 3)
            {
                points[at] = (float)((((2 * x) + 1.0) / width) - 1);
                points[at + 1] = (float)((((2 * y) + 1.0) / height) - 1);
                points[at + 2] = 1;
            }
        }
        return Tensor.From(points, height * width, 3);
    }
}
