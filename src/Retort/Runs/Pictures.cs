using Retort.Data;
using Retort.Data.Images;

namespace Retort.Runs;

/// <summary>Samples as pictures for reports.</summary>
internal static class Pictures
{
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
}
