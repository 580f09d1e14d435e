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
        using var scope = new TensorScope();
        (Tensor mean, Tensor factor) = Beside(batch.Input);
        return batch.With(scope.Keep((batch.Input - mean) * factor));
    }

    /// <summary>What an input was before it was normalised.</summary>
    /// <param name="input">[N, C, …].</param>
    /// <exception cref="ShapeException">It has another number of channels than there are means.</exception>
    public Tensor Undo(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = new TensorScope();
        (Tensor mean, Tensor factor) = Beside(input);
        return scope.Keep((input / factor) + mean);
    }

    private (Tensor Mean, Tensor Factor) Beside(Tensor input)
    {
        long count = _mean.Size(0);
        if (input.Dimensions < 2 || (count != 1 && count != input.Size(1)))
        {
            throw new ShapeException(
                $"'input' [{string.Join(", ", input.Shape)}] cannot be normalised by {count} means: "
                + "its dimension 1 must have that size.");
        }

        long[] shape = [-1, .. Enumerable.Repeat(1L, input.Dimensions - 2)];
        return (_mean.To(input.Device).Reshape(shape), _factor.To(input.Device).Reshape(shape));
    }

    /// <summary>Frees the constants.</summary>
    public void Dispose()
    {
        _mean.Dispose();
        _factor.Dispose();
    }
}
