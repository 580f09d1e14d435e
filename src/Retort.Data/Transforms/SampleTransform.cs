using Retort.Torch;

namespace Retort.Data.Transforms;

/// <summary>A transform of pictures whose randomness is each sample's own.</summary>
public abstract class SampleTransform : IBatchTransform
{
    /// <inheritdoc/>
    /// <exception cref="ShapeException">The input is not [N, C, H, W].</exception>
    public Batch Apply(Batch batch, in TransformMoment at)
    {
        ArgumentNullException.ThrowIfNull(batch);
        Shapes.RequireDimensions(batch.Input, 4);
        long[] ids = batch.Index.ToArray<long>();
        var streams = new RandomStream[ids.Length];
        for (int k = 0; k < ids.Length; k++)
            streams[k] = at.StreamOf(ids[k]);
        using var scope = new TensorScope();
        return batch.With(scope.Keep(Transform(batch.Input, streams)));
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
