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

    private Tensor Windows(Tensor padded, Tensor input, IReadOnlyList<RandomStream> streams)
    {
        long height = options.Size ?? input.Size(2);
        long width = options.Size ?? input.Size(3);
        int rows = (int)(padded.Size(2) - height + 1);
        int columns = (int)(padded.Size(3) - width + 1);
        if (rows < 1 || columns < 1)
        {
            throw new ShapeException(
                $"a window of {height} × {width} does not fit into pictures of {padded.Size(2)} × {padded.Size(3)} "
                + $"(padding {options.Padding} included).");
        }

        var windows = new Tensor[streams.Count];
        for (int k = 0; k < windows.Length; k++)
        {
            int top = streams[k].NextInt(rows);
            int left = streams[k].NextInt(columns);
            windows[k] = padded.Select(0, k).Narrow(1, top, height).Narrow(2, left, width);
        }
        return Ops.Stack(windows);
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
