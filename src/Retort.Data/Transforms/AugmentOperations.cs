using Retort.Torch;

namespace Retort.Data.Transforms;

/// <summary>The operations of RandAugment.</summary>
internal enum AugmentOperation
{
    Identity,
    ShearX,
    ShearY,
    TranslateX,
    TranslateY,
    Rotate,
    Brightness,
    Saturation,
    Contrast,
    Sharpness,
    Posterize,
    Solarize,
    AutoContrast,
    Equalize,
}

/// <summary>RandAugment's operations on pictures [N, C, H, W] with values from 0 to 1.</summary>
internal static class AugmentOperations
{
    /// <summary>Applies one operation to all pictures.</summary>
    /// <param name="operation">Which.</param>
    /// <param name="input">The pictures.</param>
    /// <param name="strengths">One a picture, −1 to 1; operations without direction take the absolute value.</param>
    public static Tensor Apply(AugmentOperation operation, Tensor input, double[] strengths)
    {
        double reach = 150.0 / 331;   // the papers' 150 pixels, of pictures 331 wide
        return operation switch
        {
            AugmentOperation.ShearX => Warped(s => AffineMap.Shear(0.3 * s, 0)),
            AugmentOperation.ShearY => Warped(s => AffineMap.Shear(0, 0.3 * s)),
            AugmentOperation.TranslateX => Warped(s => AffineMap.Translation(reach * s * input.Size(3), 0)),
            AugmentOperation.TranslateY => Warped(s => AffineMap.Translation(0, reach * s * input.Size(2))),
            AugmentOperation.Rotate => Warped(s => AffineMap.Rotation(30 * s)),
            AugmentOperation.Brightness => Colour.Brightness(input, Values(s => 1 + (0.9 * s))),
            AugmentOperation.Saturation => Colour.Saturation(input, Values(s => 1 + (0.9 * s))),
            AugmentOperation.Contrast => Colour.Contrast(input, Values(s => 1 + (0.9 * s))),
            AugmentOperation.Sharpness => Colour.Blend(Smooth(input), input, Values(s => 1 + (0.9 * s))),
            AugmentOperation.Posterize => Posterize(input, Values(s => 1 << (int)Math.Round(4 * Math.Abs(s)))),
            AugmentOperation.Solarize => Ops.Where(input.Ge(Values(s => 1 - Math.Abs(s))), 1 - input, input),
            AugmentOperation.AutoContrast => AutoContrast(input),
            AugmentOperation.Equalize => Equalize(input),
            _ => input,
        };

        Tensor Warped(Func<double, AffineMap> map) => Warp.Apply(input, Array.ConvertAll(strengths, s => map(s)));

        Tensor Values(Func<double, double> value) =>
            Tensor.From(Array.ConvertAll(strengths, s => (float)value(s)), strengths.Length, 1, 1, 1)
                .To(input.DType).To(input.Device);
    }

    // The 3 × 3 kernel of Pillow's SMOOTH filter; the border stays as it is.
    private static Tensor Smooth(Tensor input)
    {
        if (input.Size(2) < 3 || input.Size(3) < 3)
            return input;
        long channels = input.Size(1);
        Tensor kernel = (Tensor.From([1f, 1, 1, 1, 5, 1, 1, 1, 1], 1, 1, 3, 3) / 13).To(input.DType).To(input.Device);
        Tensor inner = Ops.Conv2d(input, kernel.Expand([channels, 1, 3, 3]), groups: channels);
        Tensor inside = Tensor.Ones(inner.Shape).To(input.DType).To(input.Device).ConstantPadNd([1, 1, 1, 1], 0);
        return Ops.Where(inside > 0.5, inner.ConstantPadNd([1, 1, 1, 1], 0), input);
    }

    // Drops the low bits of the byte that a value stands for; the step is 2 to the number of bits dropped.
    private static Tensor Posterize(Tensor input, Tensor step) => ((input * 255).Round() / step).Floor() * step / 255;

    private static Tensor AutoContrast(Tensor input)
    {
        Tensor low = input.Amin([2, 3], keepDim: true);
        Tensor span = input.Amax([2, 3], keepDim: true) - low;
        return Ops.Where(span > 1e-6, (input - low) / span.ClampMin(1e-6), input);
    }

    // Spreads the levels of each channel so that all are equally frequent, as Pillow does: by a table over 256 levels.
    private static Tensor Equalize(Tensor input)
    {
        long planes = input.Size(0) * input.Size(1);
        Tensor levels = (input.Detach() * 255).Round().Clamp(0, 255).To(DType.Int64).Reshape([planes, -1]);         // [NC, HW]
        Tensor ones = Tensor.Ones(levels.Shape).To(input.Device);
        Tensor counts = Tensor.Zeros(planes, 256).To(input.Device).ScatterAdd(1, levels, ones);                     // [NC, 256]
        Tensor top = levels.Amax([1], keepDim: true);
        Tensor step = ((levels.Size(1) - counts.Gather(1, top)) / 255).Floor();                                       // [NC, 1]
        Tensor before = counts.Cumsum(1) - counts;
        Tensor table = ((before + (step / 2).Floor()) / step.ClampMin(1)).Floor().Clamp(0, 255);
        Tensor even = (table.Gather(1, levels) / 255).To(input.DType).Reshape(input.Shape);
        return Ops.Where((step > 0).Reshape([input.Size(0), input.Size(1), 1, 1]), even, input);
    }
}
