using System.ComponentModel.DataAnnotations;
using Retort.Torch;

namespace Retort.Data.Transforms;

/// <summary>What stands around a picture that is moved.</summary>
public enum Border
{
    /// <summary>Zeros.</summary>
    Zero,

    /// <summary>The picture mirrored, its edge not repeated.</summary>
    Reflect,
}

/// <summary>Pads all sides and cuts out a window at a random place: the usual augmentation of small pictures.</summary>
/// <remarks>[N, C, H, W] → [N, C, size, size], or the input's own size. Each whole-pixel place is equally likely.</remarks>
public sealed class RandomCrop(RandomCropOptions options) : SampleTransform
{
    /// <inheritdoc/>
    public override Tensor Transform(Tensor input, IReadOnlyList<RandomStream> streams)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(streams);
        long p = options.Padding;
        return Windows(
            p == 0 ? input
            : options.Border == Border.Reflect ? input.ReflectionPad2d([p, p, p, p]) : input.ConstantPadNd([p, p, p, p], 0),
            input, streams);
    }

    /// <inheritdoc/>
    protected override Tensor TransformLabels(Tensor labels, IReadOnlyList<RandomStream> streams)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(streams);
        long p = options.Padding;
        Tensor map = labels.Unsqueeze(1);   // [N, 1, H, W]
        return Windows(p == 0 ? map : map.ConstantPadNd([p, p, p, p], Dataset.NoLabel), map, streams).Squeeze(1);
    }

    /// <inheritdoc/>
    /// <remarks>Boxes are cut at the window's edges; one of which less than a pixel is left is none any more.</remarks>
    protected override Tensor TransformBoxes(Tensor boxes, Tensor input, IReadOnlyList<RandomStream> streams)
    {
        ArgumentNullException.ThrowIfNull(boxes);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(streams);
        long p = options.Padding, height = options.Size ?? input.Size(2), width = options.Size ?? input.Size(3);
        var moves = new float[2 * streams.Count];
        foreach ((int k, (int top, int left)) in Places(input.Size(2) + (2 * p), input.Size(3) + (2 * p), input, streams).Index())
            (moves[2 * k], moves[(2 * k) + 1]) = (p - left, p - top);
        Tensor move = Tensor.From(moves, streams.Count, 1, 2).To(boxes.Device);
        Tensor Corner(int first)
        {
            Tensor corner = boxes.Narrow(2, first, 2) + move;
            return Ops.Cat([corner.Narrow(2, 0, 1).Clamp(0, width), corner.Narrow(2, 1, 1).Clamp(0, height)], 2);
        }

        Tensor low = Corner(0), high = Corner(2);
        Tensor isLeft = (boxes.Narrow(2, 0, 4).Abs().Sum([2], keepDim: true) > 0)
            .LogicalAnd((high - low).Amin([2], keepDim: true) >= 1);
        Tensor all = Ops.Cat([low, high, boxes.Narrow(2, 4, boxes.Size(2) - 4)], 2);
        return all * isLeft.To(all.DType);
    }

    private Tensor Windows(Tensor padded, Tensor input, IReadOnlyList<RandomStream> streams)
    {
        long height = options.Size ?? input.Size(2), width = options.Size ?? input.Size(3);
        return Ops.Stack([.. Places(padded.Size(2), padded.Size(3), input, streams).Select(
            (place, k) => padded.Select(0, k).Narrow(1, place.Top, height).Narrow(2, place.Left, width))]);
    }

    // Where each sample's window begins in the padded picture.
    private (int Top, int Left)[] Places(long paddedHeight, long paddedWidth, Tensor input, IReadOnlyList<RandomStream> streams)
    {
        long height = options.Size ?? input.Size(2), width = options.Size ?? input.Size(3);
        int rows = (int)(paddedHeight - height + 1), columns = (int)(paddedWidth - width + 1);
        if (rows < 1 || columns < 1)
        {
            throw new ShapeException(
                $"a window of {height} × {width} does not fit into pictures of {paddedHeight} × {paddedWidth} "
                + $"(padding {options.Padding} included).");
        }

        var places = new (int Top, int Left)[streams.Count];
        for (int k = 0; k < places.Length; k++)
        {
            int top = streams[k].NextInt(rows);
            places[k] = (top, streams[k].NextInt(columns));
        }

        return places;
    }
}

/// <summary>What a recipe may write under <c>random_crop:</c>.</summary>
[Transform("random-crop")]
public sealed record RandomCropOptions : TransformOptions
{
    /// <summary>Pixels added on every side first.</summary>
    [Shorthand, Range(0, 4096)]
    public int Padding { get; init; } = 4;

    /// <summary>Width and height of the window; null for the picture's own.</summary>
    [Range(1, 4096)]
    public int? Size { get; init; }

    /// <summary>What the padding is made of.</summary>
    public Border Border { get; init; }

    /// <inheritdoc/>
    public override IBatchTransform Create(int classes) => new RandomCrop(this);
}
