using Retort.Torch.Nn;

namespace Retort.Models.Text;

/// <summary>What a GPT has read: keys and values of every block, so that a further token costs one position.</summary>
/// <remarks>It belongs to one model and one batch of texts. It owns its tensors.</remarks>
public sealed class GptCache : IDisposable
{
    private KeyValueCache[] _layers = [];

    /// <summary>How many positions were read.</summary>
    public long Length => _layers.Length == 0 ? 0 : _layers[0].Length;

    /// <summary>Forgets every position from that one on, such as tokens that were guessed and refused.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative or more than was read.</exception>
    public void Truncate(long length)
    {
        if (length < 0 || length > Length)
            throw new ArgumentOutOfRangeException(nameof(length), length, $"Must be from 0 to {Length}.");
        foreach (KeyValueCache layer in _layers)
            layer.Truncate(length);
    }

    /// <summary>Frees what it holds.</summary>
    public void Dispose()
    {
        foreach (KeyValueCache layer in _layers)
            layer.Dispose();
        _layers = [];
    }

    /// <summary>One cache for each block.</summary>
    internal IReadOnlyList<KeyValueCache> Layers(int count)
    {
        if (_layers.Length == 0)
            _layers = [.. Enumerable.Range(0, count).Select(_ => new KeyValueCache())];
        return _layers.Length == count
            ? _layers
            : throw new InvalidOperationException($"the cache is that of a model of {_layers.Length} blocks, not {count}.");
    }
}
