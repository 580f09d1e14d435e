using Retort.Torch;

namespace Retort.Data.Transforms;

/// <summary>Subtracts a mean and divides by a standard deviation, channel by channel.</summary>
/// <remarks>Input [N, C, …]; a single value serves all channels.</remarks>
public sealed class Normalize : IBatchTransform, IDisposable
{
    private readonly Tensor _mean;
    private readonly Tensor _factor;

    /// <summary>Creates the transform.</summary>
    /// <param name="mean">One value a channel, or one for all, in the units of the input.</param>
    /// <param name="deviation">As many, each above 0.</param>
    /// <exception cref="ArgumentException">The lists differ in length, or a deviation is not above 0.</exception>
    public Normalize(IReadOnlyList<double> mean, IReadOnlyList<double> deviation)
    {
        ArgumentNullException.ThrowIfNull(mean);
        ArgumentNullException.ThrowIfNull(deviation);
        if (mean.Count != deviation.Count || mean.Count == 0)
            throw new ArgumentException(
                $"{mean.Count} means and {deviation.Count} deviations; as many of each are needed.", nameof(deviation));
        if (deviation.Any(d => !(d > 0)))
            throw new ArgumentException("each deviation must be above 0.", nameof(deviation));
        _mean = Tensor.From(mean.Select(m => (float)m).ToArray()).Persist();
        _factor = Tensor.From(deviation.Select(d => (float)(1 / d)).ToArray()).Persist();
    }

    /// <inheritdoc/>
    /// <exception cref="ShapeException">The input has another number of channels than there are means.</exception>
    public Batch Apply(Batch batch, in TransformMoment at)
    {
        ArgumentNullException.ThrowIfNull(batch);
        long count = _mean.Size(0);
        if (batch.Input.Dimensions < 2 || (count != 1 && count != batch.Input.Size(1)))
        {
            throw new ShapeException(
                $"'input' [{string.Join(", ", batch.Input.Shape)}] cannot be normalised by {count} means: "
                + "its dimension 1 must have that size.");
        }

        using var scope = new TensorScope();
        long[] shape = [-1, .. Enumerable.Repeat(1L, batch.Input.Dimensions - 2)];
        Tensor input = (batch.Input - _mean.To(batch.Input.Device).Reshape(shape))
            * _factor.To(batch.Input.Device).Reshape(shape);
        return batch.With(scope.Keep(input));
    }

    /// <summary>Frees the constants.</summary>
    public void Dispose()
    {
        _mean.Dispose();
        _factor.Dispose();
    }
}
