using Retort.Torch;

namespace Retort.Data.Transforms;

/// <summary>Changes of brightness and colour on pictures [N, C, H, W] with values from 0 to 1, by one amount a picture, [N, 1, 1,
/// 1].</summary>
internal static class Colour
{
    /// <summary>Multiplies by the factor.</summary>
    public static Tensor Brightness(Tensor input, Tensor factor) => (input * factor).Clamp(0, 1);

    /// <summary>Moves away from, or towards, the mean grey of the picture.</summary>
    public static Tensor Contrast(Tensor input, Tensor factor) =>
        Blend(Grey(input).Mean([1, 2, 3], keepDim: true), input, factor);

    /// <summary>Moves each pixel away from, or towards, its grey; grey pictures stay.</summary>
    public static Tensor Saturation(Tensor input, Tensor factor) =>
        input.Size(1) == 3 ? Blend(Grey(input), input, factor) : input;

    /// <summary>Turns the hue by a share of the colour circle; grey pictures stay.</summary>
    public static Tensor Hue(Tensor input, Tensor turn)
    {
        if (input.Size(1) != 3)
            return input;
        Tensor[] rgb = input.Unbind(1);   // three of [N, H, W]
        Tensor value = input.Amax(1);
        Tensor chroma = value - input.Amin(1);
        Tensor safe = chroma.ClampMin(1e-12);

        // The hue in sixths of the circle, from the channel that is largest.
        Tensor red = ((rgb[1] - rgb[2]) / safe).Remainder(6);
        Tensor green = ((rgb[2] - rgb[0]) / safe) + 2;
        Tensor blue = ((rgb[0] - rgb[1]) / safe) + 4;
        Tensor hue = Ops.Where(value.Eq(rgb[0]), red, Ops.Where(value.Eq(rgb[1]), green, blue));
        hue = hue + (turn.Reshape([-1, 1, 1]) * 6);

        // Each channel falls from the value by the chroma as the hue moves away from it.
        var channels = new Tensor[3];
        for (int c = 0; c < 3; c++)
        {
            Tensor k = (hue + (c == 0 ? 5 : c == 1 ? 3 : 1)).Remainder(6);
            Tensor fall = k.Minimum(4 - k).Clamp(0, 1);
            channels[c] = value - (chroma * fall);
        }
        return Ops.Stack(channels, 1);
    }

    /// <summary>The luma of ITU-R 601, [N, 1, H, W].</summary>
    public static Tensor Grey(Tensor input)
    {
        if (input.Size(1) != 3)
            return input;
        Tensor weights = Tensor.From([0.299f, 0.587f, 0.114f], 1, 3, 1, 1).To(input.DType).To(input.Device);
        return (input * weights).Sum([1], keepDim: true);
    }

    /// <summary>factor · second + (1 − factor) · first, kept within 0 to 1.</summary>
    public static Tensor Blend(Tensor first, Tensor second, Tensor factor) => (first + (factor * (second - first))).Clamp(0, 1);
}
