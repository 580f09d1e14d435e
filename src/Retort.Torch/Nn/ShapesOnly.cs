namespace Retort.Torch.Nn;

/// <summary>Lets this thread make tensors that have a shape and a type but no memory, to see how large a network would
/// be.</summary>
/// <remarks>
/// <para>Until it is disposed, <see cref="Tensor.Empty"/> and what is filled on top of it (zeros, ones, parameters of layers)
/// lie on libtorch's <c>meta</c> device, and <see cref="Init"/> leaves them alone. Such a network can be looked at and counted;
/// it computes nothing. Tensors made from data keep it.</para>
/// <para>A network of a trillion parameters takes no more than one of a million, but each tensor has a handle: hence a limit
/// on how many there may be.</para>
/// </remarks>
public sealed class ShapesOnly : IDisposable
{
    [ThreadStatic]
    private static ShapesOnly? _current;

    private readonly ShapesOnly? _outer;
    private readonly IDisposable _skip = Init.Skip();
    private readonly int _mostTensors;
    private int _tensors;
    private bool _done;

    private ShapesOnly(int mostTensors)
    {
        _mostTensors = mostTensors;
        _outer = _current;
        _current = this;
    }

    /// <summary>Begins on this thread.</summary>
    /// <param name="mostTensors">How many tensors may be made, at least 1.</param>
    /// <returns>What ends it again.</returns>
    public static ShapesOnly Begin(int mostTensors = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(mostTensors, 1);
        return new ShapesOnly(mostTensors);
    }

    /// <summary>Lets tensors have memory again. Safe to call twice.</summary>
    public void Dispose()
    {
        if (_done)
            return;
        _done = true;
        _skip.Dispose();
        _current = _outer;
    }

    /// <summary>A tensor without memory, or null where none was asked for on this thread.</summary>
    /// <exception cref="ShapeException">There are as many as may be, or its bytes cannot be counted in 63 bits.</exception>
    internal static Tensor? TryMake(DType dtype, ReadOnlySpan<long> shape)
    {
        if (_current is not { } current)
            return null;
        if (++current._tensors > current._mostTensors)
            throw new ShapeException($"there are more than {current._mostTensors} tensors.");
        long bytes = dtype.Size();
        foreach (long size in shape)
        {
            // libtorch would say the same, in its own words and with a stack trace.
            if (size > 0 && bytes > long.MaxValue / size)
                throw new ShapeException($"a tensor [{string.Join(", ", shape.ToArray())}] has more bytes than can be counted.");
            bytes *= size;
        }

        return Ops.Full(Sizes.Create(shape), 0, dtype, Device.Meta);
    }
}
