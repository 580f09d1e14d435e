namespace Retort.Data.Images;

/// <summary>The filters that a picture is resized with.</summary>
public enum ResizeFilter
{
    /// <summary>The nearest pixel; for label maps, whose values must not be mixed.</summary>
    Nearest,

    /// <summary>The mean of the area that a pixel covers.</summary>
    Box,

    /// <summary>A triangle as wide as two source or target pixels, whichever is larger.</summary>
    Bilinear,

    /// <summary>Keys' cubic with a = −0.5.</summary>
    Bicubic,
}

/// <summary>Resizes pictures as Pillow does: separable filters that widen when a picture shrinks, so that nothing
/// aliases.</summary>
public static class ImageResize
{
    // 8 bits of pixel, 2 of headroom for the cubic's overshoot, the rest for the weights: Pillow's own layout.
    private const int WeightBits = 32 - 8 - 2;

    /// <summary>Makes a picture of another size.</summary>
    /// <param name="image">Any picture; alpha is treated as any other channel.</param>
    /// <param name="width">New width, at least 1.</param>
    /// <param name="height">New height, at least 1.</param>
    /// <param name="filter">How pixels are mixed.</param>
    public static Image Resize(this Image image, int width, int height, ResizeFilter filter = ResizeFilter.Bilinear)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if (width == image.Width && height == image.Height)
            return image;
        if (filter == ResizeFilter.Nearest)
            return Nearest(image, width, height);
        Image wide = width == image.Width ? image : Horizontal(image, Kernel.Create(image.Width, width, filter));
        return height == image.Height ? wide : Vertical(wide, Kernel.Create(image.Height, height, filter));
    }

    /// <summary>Makes the shorter side as long as asked and keeps the proportions, as torchvision's Resize(int) does.</summary>
    public static Image ResizeShorterSide(this Image image, int length, ResizeFilter filter = ResizeFilter.Bilinear)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        return image.Width <= image.Height
            ? image.Resize(length, Math.Max(1, (int)((long)length * image.Height / image.Width)), filter)
            : image.Resize(Math.Max(1, (int)((long)length * image.Width / image.Height)), length, filter);
    }

    private static Image Nearest(Image image, int width, int height)
    {
        Image result = new(width, height, image.Channels);
        for (int y = 0; y < height; y++)
        {
            int row = (int)((((2L * y) + 1) * image.Height) / (2L * height)) * image.Width;
            for (int x = 0; x < width; x++)
            {
                int from = row + (int)((((2L * x) + 1) * image.Width) / (2L * width));
                for (int c = 0; c < image.Channels; c++)
                    result.Pixels[(((y * width) + x) * image.Channels) + c] = image.Pixels[(from * image.Channels) + c];
            }
        }
        return result;
    }

    private static Image Horizontal(Image image, Kernel kernel)
    {
        Image result = new(kernel.Length, image.Height, image.Channels);
        int channels = image.Channels;
        for (int y = 0; y < image.Height; y++)
        {
            ReadOnlySpan<byte> row = image.Pixels.AsSpan(y * image.Width * channels, image.Width * channels);
            Span<byte> target = result.Pixels.AsSpan(y * kernel.Length * channels, kernel.Length * channels);
            for (int x = 0; x < kernel.Length; x++)
            {
                ReadOnlySpan<int> weights = kernel.Weights(x, out int first);
                for (int c = 0; c < channels; c++)
                {
                    int sum = 1 << (WeightBits - 1);
                    for (int k = 0; k < weights.Length; k++)
                        sum += row[((first + k) * channels) + c] * weights[k];
                    target[(x * channels) + c] = Clip(sum);
                }
            }
        }
        return result;
    }

    private static Image Vertical(Image image, Kernel kernel)
    {
        Image result = new(image.Width, kernel.Length, image.Channels);
        int stride = image.Width * image.Channels;
        int[] sums = new int[stride];
        for (int y = 0; y < kernel.Length; y++)
        {
            ReadOnlySpan<int> weights = kernel.Weights(y, out int first);
            Array.Fill(sums, 1 << (WeightBits - 1));
            for (int k = 0; k < weights.Length; k++)
            {
                ReadOnlySpan<byte> row = image.Pixels.AsSpan((first + k) * stride, stride);
                for (int i = 0; i < stride; i++)
                    sums[i] += row[i] * weights[k];
            }
            for (int i = 0; i < stride; i++)
                result.Pixels[(y * stride) + i] = Clip(sums[i]);
        }
        return result;
    }

    private static byte Clip(int sum) => (byte)Math.Clamp(sum >> WeightBits, 0, 255);

    private sealed class Kernel(int length, int width, int[] weights, int[] firsts, int[] counts)
    {
        public int Length => length;

        public ReadOnlySpan<int> Weights(int position, out int first)
        {
            first = firsts[position];
            return weights.AsSpan(position * width, counts[position]);
        }

        public static Kernel Create(int from, int to, ResizeFilter filter)
        {
            double scale = (double)from / to;
            double stretch = Math.Max(scale, 1);
            double support = stretch * filter switch { ResizeFilter.Box => 0.5, ResizeFilter.Bilinear => 1, _ => 2 };
            int width = ((int)Math.Ceiling(support) * 2) + 1;
            int[] weights = new int[to * width];
            int[] firsts = new int[to];
            int[] counts = new int[to];
            double[] exact = new double[width];
            for (int position = 0; position < to; position++)
            {
                double centre = (position + 0.5) * scale;
                int first = Math.Max(0, (int)(centre - support + 0.5));
                int count = Math.Min(from, (int)(centre + support + 0.5)) - first;
                double total = 0;
                for (int k = 0; k < count; k++)
                    total += exact[k] = Value(filter, (first + k - centre + 0.5) / stretch);
                for (int k = 0; k < count; k++)
                    weights[(position * width) + k] = (int)Math.Floor((exact[k] / total * (1 << WeightBits)) + 0.5);
                firsts[position] = first;
                counts[position] = count;
            }
            return new Kernel(to, width, weights, firsts, counts);
        }

        private static double Value(ResizeFilter filter, double x)
        {
            if (filter == ResizeFilter.Box)
                return x is > -0.5 and <= 0.5 ? 1 : 0;
            x = Math.Abs(x);
            if (filter == ResizeFilter.Bilinear)
                return x < 1 ? 1 - x : 0;
            return x < 1 ? ((((1.5 * x) - 2.5) * x * x) + 1) : x < 2 ? (((((x - 5) * x) + 8) * x) - 4) * -0.5 : 0;
        }
    }
}
