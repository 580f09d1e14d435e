using System.ComponentModel.DataAnnotations;
using Retort.Torch;

namespace Retort.Data.Transforms;

/// <summary>Cuts out a window of random area and proportions and stretches it to the picture's own size.</summary>
/// <remarks>
/// <para>Szegedy et al., "Going Deeper with Convolutions", arXiv:1409.4842: the usual augmentation of large pictures.</para>
/// <para>[N, C, H, W], the shape stays; bilinear.</para>
/// </remarks>
public sealed class RandomResizedCrop(RandomResizedCropOptions options) : SampleTransform
{
    /// <inheritdoc/>
    public override Tensor Transform(Tensor input, IReadOnlyList<RandomStream> streams)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(streams);
        double height = input.Size(2);
        double width = input.Size(3);
        var maps = new AffineMap[streams.Count];
        double stretch = ExactMath.Log(options.MaxAspect);
        for (int k = 0; k < maps.Length; k++)
        {
            RandomStream random = streams[k];
            double side = Math.Sqrt(random.NextUniform(options.MinArea, 1));
            double aspect = ExactMath.Exp(random.NextUniform(-stretch, stretch) / 2);
            double w = Math.Min(1, side * aspect);
            double h = Math.Min(1, side / aspect);
            double x = random.NextUniform(-0.5, 0.5) * (1 - w) * width;
            double y = random.NextUniform(-0.5, 0.5) * (1 - h) * height;
            maps[k] = new AffineMap(w, 0, x, 0, h, y);
        }
        return Warp.Apply(input, maps);
    }
}

/// <summary>What a recipe may write under <c>random_resized_crop:</c>.</summary>
[Transform("random-resized-crop")]
public sealed record RandomResizedCropOptions : TransformOptions
{
    /// <summary>Smallest share of the picture's area that is kept.</summary>
    [Shorthand, Range(0.01, 1.0)]
    public double MinArea { get; init; } = 0.08;

    /// <summary>Largest ratio of the window's sides, either way.</summary>
    [Range(1.0, 4.0)]
    public double MaxAspect { get; init; } = 4.0 / 3;

    /// <inheritdoc/>
    public override IBatchTransform Create(int classes) => new RandomResizedCrop(this);
}
