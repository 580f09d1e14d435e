using System.ComponentModel.DataAnnotations;
using Retort.Torch;

namespace Retort.Data.Transforms;

/// <summary>Takes the colour out of some of the pictures.</summary>
/// <remarks>[N, 3, H, W], the shape stays; other numbers of channels pass unchanged.</remarks>
public sealed class RandomGrayscale(RandomGrayscaleOptions options) : SampleTransform
{
    /// <inheritdoc/>
    protected override bool KeepsPlaces => true;

    /// <inheritdoc/>
    public override Tensor Transform(Tensor input, IReadOnlyList<RandomStream> streams)
    {
        ArgumentNullException.ThrowIfNull(input);
        Tensor chosen = PerSample(input, streams, random => random.NextBoolean(options.Probability) ? 1 : 0) > 0.5;
        return Ops.Where(chosen, Colour.Grey(input), input);
    }
}

/// <summary>What a recipe may write under <c>random_grayscale:</c>.</summary>
[Transform("random-grayscale")]
public sealed record RandomGrayscaleOptions : TransformOptions
{
    /// <summary>Share of the pictures that lose their colour.</summary>
    [Shorthand, Range(0.0, 1.0)]
    public double Probability { get; init; } = 0.2;

    /// <inheritdoc/>
    public override IBatchTransform Create(int classes) => new RandomGrayscale(this);
}
