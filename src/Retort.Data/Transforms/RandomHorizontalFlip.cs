using System.ComponentModel.DataAnnotations;
using Retort.Torch;

namespace Retort.Data.Transforms;

/// <summary>Mirrors some of the pictures, left to right.</summary>
/// <remarks>[N, C, H, W], the shape stays.</remarks>
public sealed class RandomHorizontalFlip(RandomHorizontalFlipOptions options) : SampleTransform
{
    /// <inheritdoc/>
    public override Tensor Transform(Tensor input, IReadOnlyList<RandomStream> streams)
    {
        ArgumentNullException.ThrowIfNull(input);
        return Ops.Where(Chosen(input, streams), input.Flip(3), input);
    }

    /// <inheritdoc/>
    protected override Tensor TransformLabels(Tensor labels, IReadOnlyList<RandomStream> streams)
    {
        ArgumentNullException.ThrowIfNull(labels);
        return Ops.Where(Chosen(labels, streams).Reshape([-1, 1, 1]), labels.Flip(2), labels);
    }

    /// <inheritdoc/>
    protected override Tensor TransformBoxes(Tensor boxes, Tensor input, IReadOnlyList<RandomStream> streams)
    {
        ArgumentNullException.ThrowIfNull(boxes);
        ArgumentNullException.ThrowIfNull(input);
        Tensor Column(int column) => boxes.Narrow(2, column, 1);
        double width = input.Size(3);
        Tensor mirrored = Ops.Cat(
            [width - Column(2), Column(1), width - Column(0), Column(3), boxes.Narrow(2, 4, boxes.Size(2) - 4)], 2);
        Tensor isBox = boxes.Narrow(2, 0, 4).Abs().Sum([2], keepDim: true) > 0;
        return Ops.Where(isBox.LogicalAnd(Chosen(input, streams).Reshape([-1, 1, 1])), mirrored, boxes);
    }

    private Tensor Chosen(Tensor input, IReadOnlyList<RandomStream> streams) =>
        PerSample(input, streams, random => random.NextBoolean(options.Probability) ? 1 : 0) > 0.5;
}

/// <summary>What a recipe may write under <c>random_horizontal_flip:</c>.</summary>
[Transform("random-horizontal-flip")]
public sealed record RandomHorizontalFlipOptions : TransformOptions
{
    /// <summary>Share of the pictures that are mirrored.</summary>
    [Shorthand, Range(0.0, 1.0)]
    public double Probability { get; init; } = 0.5;

    /// <inheritdoc/>
    public override IBatchTransform Create(int classes) => new RandomHorizontalFlip(this);
}
