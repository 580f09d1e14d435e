namespace Retort.Torch.Nn;

/// <summary>Keys and values of earlier positions, so that a new token attends to them without computing them again.</summary>
/// <remarks>
/// Holds [N, heads, length, head width] twice. It owns its tensors; <see cref="Truncate"/> rolls rejected tokens back.
/// </remarks>
public sealed class KeyValueCache : IDisposable
{
    private Tensor? _keys;
    private Tensor? _values;

    /// <summary>How many positions it holds.</summary>
    public long Length => _keys?.Size(2) ?? 0;

    /// <summary>Appends positions and returns all keys and values held so far.</summary>
    /// <param name="keys">New keys, [N, heads, new, head width].</param>
    /// <param name="values">New values, [N, heads, new, head width].</param>
    public (Tensor Keys, Tensor Values) Append(Tensor keys, Tensor values)
    {
        Replace(
            _keys is null ? keys : Ops.Cat([_keys, keys], 2),
            _values is null ? values : Ops.Cat([_values, values], 2));
        return (_keys!, _values!);
    }

    /// <summary>Forgets every position from that one on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative or more than the cache holds.</exception>
    public void Truncate(long length)
    {
        if (length < 0 || length > Length)
            throw new ArgumentOutOfRangeException(nameof(length), length, $"Must be from 0 to {Length}.");
        if (length < Length)
            Replace(_keys!.Narrow(2, 0, length), _values!.Narrow(2, 0, length));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _keys?.Dispose();
        _values?.Dispose();
        (_keys, _values) = (null, null);
    }

    // The cache outlives the scope of the step that fills it, so it keeps handles of its own.
    private void Replace(Tensor keys, Tensor values)
    {
        (Tensor? oldKeys, Tensor? oldValues) = (_keys, _values);
        (_keys, _values) = (keys.Share().Persist(), values.Share().Persist());
        oldKeys?.Dispose();
        oldValues?.Dispose();
    }
}
