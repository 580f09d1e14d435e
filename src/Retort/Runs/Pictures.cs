using Retort.Data;
using Retort.Data.Images;
using Retort.Torch;

namespace Retort.Runs;

/// <summary>Samples as pictures for reports.</summary>
internal static class Pictures
{
    private const int Gap = 2;

    /// <summary>A sample of a picture set as PNG; empty where it is no grey or colour picture.</summary>
    public static ReadOnlyMemory<byte> Png(Dataset data, int place)
    {
        if (!data.IsBytes || data.SampleShape is not [1 or 3, _, _])
            return default;
        int channels = (int)data.SampleShape[0], height = (int)data.SampleShape[1], width = (int)data.SampleShape[2];
        ReadOnlySpan<byte> planes = data.BytesOf(place);
        var pixels = new byte[planes.Length];
        for (int k = 0; k < height * width; k++)
        {
            for (int c = 0; c < channels; c++)
                pixels[k * channels + c] = planes[c * height * width + k];
        }

        return PngEncoder.Encode(new Image(width, height, channels, pixels));
    }

    /// <summary>Pictures side by side, row by row, with a gap between them, as PNG; empty where they are no grey or colour
    /// pictures.</summary>
    /// <param name="pictures">[N, C, H, W] from 0 to 1; what lies outside is held at the ends.</param>
    /// <param name="columns">Pictures in a row.</param>
    public static byte[] Sheet(Tensor pictures, int columns)
    {
        if (pictures.Dimensions != 4 || pictures.Size(1) is not (1 or 3) || pictures.Size(0) == 0)
            return [];
        using var scope = new TensorScope();
        int count = (int)pictures.Size(0), channels = (int)pictures.Size(1);
        int height = (int)pictures.Size(2) + Gap, width = (int)pictures.Size(3) + Gap;
        int rows = (count + columns - 1) / columns;
        long[] inside = [0, Gap, 0, Gap];
        Tensor tiles = pictures.Clamp(0, 1).ConstantPadNd(inside, 1);                                   // [N, C, h, w]
        Tensor blank = Tensor.Ones([(long)rows * columns - count, channels, height, width]);
        byte[] pixels = (Ops.Cat([tiles, blank], 0) * 255).Round().To(DType.UInt8)
            .Reshape([rows, columns, channels, height, width]).Permute([0, 3, 1, 4, 2]).Contiguous().ToArray<byte>();
        return PngEncoder.Encode(new Image(columns * width, rows * height, channels, pixels));
    }
}
