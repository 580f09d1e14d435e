namespace Retort.Torch;

/// <summary>Owns the tensors that its thread makes while it is open, and frees them when it is disposed.</summary>
/// <remarks>
/// Scopes nest; a new tensor belongs to the innermost one of its thread. Without a scope the garbage collector's finaliser
/// frees a tensor some time after its last use. A scope must be disposed on the thread that opened it, innermost first.
/// </remarks>
public sealed class TensorScope : IDisposable
{
    private readonly TensorScope? _parent;
    private Tensor?[] _owned = new Tensor?[32];
    private int _count;
    private bool _disposed;

    /// <summary>Opens a scope inside the current one.</summary>
    public TensorScope()
    {
        ThreadTensors thread = ThreadTensors.Mine;
        _parent = thread.Scope;
        thread.Scope = this;
    }

    /// <summary>How many tensors the scope holds now.</summary>
    public int Count { get; private set; }

    /// <summary>Takes a tensor out of this scope and gives it to the next one out, or to the garbage collector
    /// if there is none.</summary>
    /// <returns>The same tensor.</returns>
    public Tensor Keep(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (!ReferenceEquals(tensor.Scope, this))
            return tensor;
        Remove(tensor);
        if (_parent is null)
            tensor.GuardByCollector();
        else
            _parent.Add(tensor);
        return tensor;
    }

    /// <summary>Keeps several tensors; see <see cref="Keep(Tensor)"/>.</summary>
    public void Keep(IEnumerable<Tensor> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        foreach (Tensor tensor in tensors)
            Keep(tensor);
    }

    /// <summary>Frees what the scope still owns and closes it. Safe to call twice.</summary>
    /// <exception cref="InvalidOperationException">A scope opened later on this thread is still open.</exception>
    public void Dispose()
    {
        if (_disposed)
            return;
        ThreadTensors thread = ThreadTensors.Mine;
        if (!ReferenceEquals(thread.Scope, this))
        {
            throw new InvalidOperationException(
                "A tensor scope must be disposed on its own thread, after the scopes opened inside it.");
        }
        _disposed = true;
        thread.Scope = _parent;
        for (int k = 0; k < _count; k++)
            _owned[k]?.FreeFromScope();
        _owned = [];
        _count = 0;
        Count = 0;
    }

    internal void Add(Tensor tensor)
    {
        if (_count == _owned.Length)
            MakeRoom();
        tensor.Scope = this;
        tensor.Slot = _count;
        _owned[_count++] = tensor;
        Count++;
    }

    internal void Remove(Tensor tensor)
    {
        _owned[tensor.Slot] = null;
        Count--;
        if (tensor.Slot == _count - 1)
            _count--;
        tensor.Scope = null;
    }

    // Tensors freed early leave holes; a long scope reuses them before it grows.
    private void MakeRoom()
    {
        if (Count > _owned.Length / 2)
        {
            Array.Resize(ref _owned, _owned.Length * 2);
            return;
        }

        int next = 0;
        for (int k = 0; k < _count; k++)
        {
            if (_owned[k] is not { } tensor)
                continue;
            tensor.Slot = next;
            _owned[next++] = tensor;
        }

        Array.Clear(_owned, next, _count - next);
        _count = next;
    }
}
