namespace Retort.Torch.Nn;

/// <summary>Keeps a hook in its module's list until it is disposed.</summary>
internal sealed class HookHandle : IDisposable
{
    private readonly List<Func<Tensor, Tensor?>> _hooks;
    private readonly Func<Tensor, Tensor?> _hook;

    public HookHandle(List<Func<Tensor, Tensor?>> hooks, Func<Tensor, Tensor?> hook)
    {
        ArgumentNullException.ThrowIfNull(hook);
        _hooks = hooks;
        _hook = hook;
        hooks.Add(hook);
    }

    public void Dispose() => _hooks.Remove(_hook);
}
