using Retort.Data.Sets;
using Retort.Torch;

namespace Retort.Data.Transforms;

/// <summary>A transform of pictures whose randomness is each sample's own.</summary>
public abstract class SampleTransform : IBatchTransform
{
    /// <inheritdoc/>
    /// <exception cref="ShapeException">The input is not [N, C, H, W].</exception>
    /// <exception cref="ArgumentException">It moves pixels, and what the samples have at places (classes of pixels, boxes) cannot
    /// be moved with them.</exception>
    public Batch Apply(Batch batch, in TransformMoment at)
    {
        ArgumentNullException.ThrowIfNull(batch);
        Shapes.RequireDimensions(batch.Input, 4);
        long[] ids = batch.Index.ToArray<long>();
        using var scope = new TensorScope();
        Tensor changed = scope.Keep(Transform(batch.Input, Streams(ids, at)));
        Batch moved = batch.Labels.Dimensions == 3 && !KeepsPlaces
            ? batch.With(changed, labels: scope.Keep(TransformLabels(batch.Labels, Streams(ids, at))))
            : batch.With(changed);
        return batch.Names.Contains(BoxedSource.Field) && !KeepsPlaces
            ? moved.And([new(BoxedSource.Field, scope.Keep(Boxes(batch, Streams(ids, at))))])
            : moved;
    }

    private Tensor Boxes(Batch batch, RandomStream[] streams) => TransformBoxes(batch[BoxedSource.Field], batch.Input, streams);

    /// <summary>Whether every pixel stays where it is, so that labels of pixels stay right.</summary>
    protected virtual bool KeepsPlaces => false;

    /// <summary>Moves a class for each pixel, [N, H, W], as the pictures are moved; what comes from outside them is
    /// <see cref="Dataset.NoLabel"/>.</summary>
    /// <param name="labels">The classes; they stay as they are.</param>
    /// <param name="streams">Each sample's randomness, the same as the pictures'.</param>
    protected virtual Tensor TransformLabels(Tensor labels, IReadOnlyList<RandomStream> streams) => throw new ArgumentException(
        $"{GetType().Name} moves pixels, and cannot move the classes of pixels with them; "
        + "random_horizontal_flip and random_crop can.");

    /// <summary>Moves boxes [N, G, 5] as the pictures are moved: x0, y0, x1, y1 in pixels and the class; a row of zeros is no
    /// box.</summary>
    /// <param name="boxes">The boxes; they stay as they are.</param>
    /// <param name="input">The pictures before they were moved.</param>
    /// <param name="streams">Each sample's randomness, the same as the pictures'.</param>
    protected virtual Tensor TransformBoxes(Tensor boxes, Tensor input, IReadOnlyList<RandomStream> streams) =>
        throw new ArgumentException(
            $"{GetType().Name} moves pixels, and cannot move the boxes of objects with them; "
            + "random_horizontal_flip and random_crop can.");

    private static RandomStream[] Streams(long[] ids, in TransformMoment at)
    {
        var streams = new RandomStream[ids.Length];
        for (int k = 0; k < ids.Length; k++)
            streams[k] = at.StreamOf(ids[k]);
        return streams;
    }

    /// <summary>Changes the pictures, [N, C, H, W] float; gradients flow through where there are any.</summary>
    /// <param name="input">The pictures; they stay as they are.</param>
    /// <param name="streams">Each sample's randomness.</param>
    public abstract Tensor Transform(Tensor input, IReadOnlyList<RandomStream> streams);

    /// <summary>A number a sample, as [N, 1, 1, 1] beside the pictures.</summary>
    private protected static Tensor PerSample(Tensor input, IReadOnlyList<RandomStream> streams, Func<RandomStream, double> draw)
    {
        var values = new float[streams.Count];
        for (int k = 0; k < values.Length; k++)
            values[k] = (float)draw(streams[k]);
        return Tensor.From(values, values.Length, 1, 1, 1).To(input.DType).To(input.Device);
    }
}
