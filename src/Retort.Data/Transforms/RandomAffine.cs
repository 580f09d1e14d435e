using System.ComponentModel.DataAnnotations;
using Retort.Torch;

namespace Retort.Data.Transforms;

/// <summary>Turns, moves, scales and slants each picture at random, about its centre; what comes in from outside is
/// zero.</summary>
/// <remarks>[N, C, H, W], the shape stays; bilinear.</remarks>
public sealed class RandomAffine(RandomAffineOptions options) : SampleTransform
{
    /// <inheritdoc/>
    public override Tensor Transform(Tensor input, IReadOnlyList<RandomStream> streams)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(streams);
        double height = input.Size(2);
        double width = input.Size(3);
        var maps = new AffineMap[streams.Count];
        for (int k = 0; k < maps.Length; k++)
        {
            RandomStream random = streams[k];
            double degrees = random.NextUniform(-options.Degrees, options.Degrees);
            double x = random.NextUniform(-options.Translate, options.Translate) * width;
            double y = random.NextUniform(-options.Translate, options.Translate) * height;
            double scale = random.NextUniform(1 - options.Scale, 1 + options.Scale);
            double shear = random.NextUniform(-options.Shear, options.Shear);
            maps[k] = AffineMap.Translation(-x, -y).Then(AffineMap.Rotation(degrees)).Then(AffineMap.Scale(1 / scale))
                .Then(AffineMap.Shear(shear, 0));
        }
        return Warp.Apply(input, maps);
    }
}

/// <summary>What a recipe may write under <c>random_affine:</c>.</summary>
[Transform("random-affine")]
public sealed record RandomAffineOptions : TransformOptions
{
    /// <summary>Largest rotation, to either side.</summary>
    [Shorthand, Range(0.0, 180.0)]
    public double Degrees { get; init; } = 10;

    /// <summary>Largest shift, as a share of width and height.</summary>
    [Range(0.0, 1.0)]
    public double Translate { get; init; } = 0.1;

    /// <summary>Largest change of size: 0.1 is 90 % to 110 %.</summary>
    [Range(0.0, 0.9)]
    public double Scale { get; init; } = 0.1;

    /// <summary>Largest slant, as the shift of a row by its distance from the centre.</summary>
    [Range(0.0, 2.0)]
    public double Shear { get; init; }

    /// <inheritdoc/>
    public override IBatchTransform Create(int classes) => new RandomAffine(this);
}
