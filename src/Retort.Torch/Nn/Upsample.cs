namespace Retort.Torch.Nn;

/// <summary>Resizes images to a size or by a factor.</summary>
/// <remarks>[N, C, H, W] → [N, C, H′, W′].</remarks>
public sealed class Upsample : Module
{
    private readonly long[]? _size;
    private readonly double? _factor;
    private readonly UpsampleMode _mode;
    private readonly bool _alignCorners;

    private Upsample(long[]? size, double? factor, UpsampleMode mode, bool alignCorners)
    {
        if (alignCorners && mode == UpsampleMode.Nearest)
            throw new ArgumentException("Corners can only be aligned where pixels are interpolated.", nameof(alignCorners));
        (_size, _factor, _mode, _alignCorners) = (size, factor, mode, alignCorners);
    }

    /// <summary>A layer whose output has that size; one number makes it square.</summary>
    public static Upsample ToSize(Sizes size, UpsampleMode mode = UpsampleMode.Nearest, bool alignCorners = false) =>
        new(Check.Spread(size, 2, missing: 0), null, mode, alignCorners);

    /// <summary>A layer that multiplies height and width; the output's size is rounded down.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The factor is not a positive number.</exception>
    public static Upsample ByFactor(double factor, UpsampleMode mode = UpsampleMode.Nearest, bool alignCorners = false)
    {
        if (!(factor > 0 && double.IsFinite(factor)))
            throw new ArgumentOutOfRangeException(nameof(factor), factor, "Must be a positive number.");
        return new Upsample(null, factor, mode, alignCorners);
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input)
    {
        long[] size = _size ?? [Scaled(input.Size(2)), Scaled(input.Size(3))];
        return _mode switch
        {
            UpsampleMode.Bilinear => input.UpsampleBilinear2d(size, _alignCorners, _factor, _factor),
            UpsampleMode.Bicubic => input.UpsampleBicubic2d(size, _alignCorners, _factor, _factor),
            _ => input.UpsampleNearest2d(size, _factor, _factor),
        };
    }

    private long Scaled(long length) => (long)Math.Floor(length * _factor!.Value);
}

/// <summary>How pixels between pixels are made.</summary>
public enum UpsampleMode
{
    /// <summary>The nearest pixel (PyTorch's <c>nearest</c>, which rounds down).</summary>
    Nearest,

    /// <summary>Linear in both directions.</summary>
    Bilinear,

    /// <summary>Cubic in both directions; values may overshoot the input's range.</summary>
    Bicubic,
}
