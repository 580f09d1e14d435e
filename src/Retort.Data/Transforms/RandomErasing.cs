using System.ComponentModel.DataAnnotations;
using Retort.Torch;

namespace Retort.Data.Transforms;

/// <summary>Covers a rectangle of some of the pictures with zeros or noise.</summary>
/// <remarks>
/// <para>Zhong et al., "Random Erasing Data Augmentation", AAAI 2020, arXiv:1708.04896; the defaults are those of its table
/// 2.</para>
/// <para>[N, C, H, W], the shape stays. Where no rectangle of the drawn area and proportions fits in ten tries, a picture
/// stays.</para>
/// </remarks>
public sealed class RandomErasing(RandomErasingOptions options) : SampleTransform
{
    /// <inheritdoc/>
    protected override bool KeepsPlaces => true;

    private const int Tries = 10;

    /// <inheritdoc/>
    public override Tensor Transform(Tensor input, IReadOnlyList<RandomStream> streams)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(streams);
        int channels = (int)input.Size(1);
        int height = (int)input.Size(2);
        int width = (int)input.Size(3);
        var keep = new float[streams.Count * height * width];
        Array.Fill(keep, 1);
        float[]? noise = options.Noise ? new float[streams.Count * channels * height * width] : null;
        for (int k = 0; k < streams.Count; k++)
        {
            RandomStream random = streams[k];
            if (!random.NextBoolean(options.Probability) || Draw(random, height, width) is not { } box)
                continue;
            for (int y = box.Top; y < box.Top + box.Height; y++)
            {
                keep.AsSpan((((k * height) + y) * width) + box.Left, box.Width).Clear();
                for (int i = 0; noise is not null && i < channels * box.Width; i++)
                    noise[(((((k * channels) + (i / box.Width)) * height) + y) * width) + box.Left + (i % box.Width)] =
                        (float)random.NextDouble();
            }
        }

        Tensor mask = Tensor.From(keep, streams.Count, 1, height, width).To(input.DType).To(input.Device);
        Tensor output = input * mask;
        return noise is null
            ? output
            : output + Tensor.From(noise, streams.Count, channels, height, width).To(input.DType).To(input.Device);
    }

    private (int Top, int Left, int Height, int Width)? Draw(RandomStream random, int height, int width)
    {
        double stretch = ExactMath.Log(options.MaxAspect);
        for (int attempt = 0; attempt < Tries; attempt++)
        {
            double area = random.NextUniform(options.MinArea, Math.Max(options.MinArea, options.MaxArea)) * height * width;
            double aspect = ExactMath.Exp(random.NextUniform(-stretch, stretch));
            int h = (int)Math.Round(Math.Sqrt(area * aspect));
            int w = (int)Math.Round(Math.Sqrt(area / aspect));
            if (h >= 1 && w >= 1 && h < height && w < width)
                return (random.NextInt(height - h + 1), random.NextInt(width - w + 1), h, w);
        }
        return null;
    }
}

/// <summary>What a recipe may write under <c>random_erasing:</c>.</summary>
[Transform("random-erasing")]
public sealed record RandomErasingOptions : TransformOptions
{
    /// <summary>Share of the pictures that are changed.</summary>
    [Shorthand, Range(0.0, 1.0)]
    public double Probability { get; init; } = 0.5;

    /// <summary>Smallest share of the picture's area.</summary>
    [Range(0.001, 1.0)]
    public double MinArea { get; init; } = 0.02;

    /// <summary>Largest share of the picture's area.</summary>
    [Range(0.001, 1.0)]
    public double MaxArea { get; init; } = 0.4;

    /// <summary>Largest ratio of the sides, either way.</summary>
    [Range(1.0, 100.0)]
    public double MaxAspect { get; init; } = 1 / 0.3;

    /// <summary>Whether the rectangle is filled with noise from 0 to 1 rather than with zeros.</summary>
    public bool Noise { get; init; }

    /// <inheritdoc/>
    public override IBatchTransform Create(int classes) => new RandomErasing(this);
}
