using System.ComponentModel.DataAnnotations;
using Retort.Torch;

namespace Retort.Data.Transforms;

/// <summary>Changes brightness, contrast, saturation and hue of each picture at random.</summary>
/// <remarks>[N, C, H, W] with values from 0 to 1. The four come in this order for all pictures, where torchvision draws an order
/// for each; grey pictures have neither saturation nor hue.</remarks>
public sealed class ColorJitter(ColorJitterOptions options) : SampleTransform
{
    /// <inheritdoc/>
    protected override bool KeepsPlaces => true;

    /// <inheritdoc/>
    public override Tensor Transform(Tensor input, IReadOnlyList<RandomStream> streams)
    {
        ArgumentNullException.ThrowIfNull(input);
        Tensor output = input;
        if (options.Brightness > 0)
            output = Colour.Brightness(output, Factor(options.Brightness));
        if (options.Contrast > 0)
            output = Colour.Contrast(output, Factor(options.Contrast));
        if (options.Saturation > 0)
            output = Colour.Saturation(output, Factor(options.Saturation));
        if (options.Hue > 0)
            output = Colour.Hue(output, PerSample(input, streams, random => random.NextUniform(-options.Hue, options.Hue)));
        return output;

        Tensor Factor(double range) => PerSample(input, streams, random => random.NextUniform(Math.Max(0, 1 - range), 1 + range));
    }
}

/// <summary>What a recipe may write under <c>color_jitter:</c>.</summary>
[Transform("color-jitter")]
public sealed record ColorJitterOptions : TransformOptions
{
    /// <summary>Range of the factor of brightness: 0.4 is 60 % to 140 %.</summary>
    [Range(0.0, 10.0)]
    public double Brightness { get; init; } = 0.4;

    /// <summary>Range of the factor of contrast.</summary>
    [Range(0.0, 10.0)]
    public double Contrast { get; init; } = 0.4;

    /// <summary>Range of the factor of saturation.</summary>
    [Range(0.0, 10.0)]
    public double Saturation { get; init; } = 0.4;

    /// <summary>Largest turn of the hue, as a share of the colour circle.</summary>
    [Range(0.0, 0.5)]
    public double Hue { get; init; } = 0.1;

    /// <inheritdoc/>
    public override IBatchTransform Create(int classes) => new ColorJitter(this);
}
