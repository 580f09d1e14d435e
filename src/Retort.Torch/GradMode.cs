using Retort.Torch.Interop;

namespace Retort.Torch;

/// <summary>Sets whether operations are recorded, until it is disposed.</summary>
public readonly struct GradMode : IDisposable, IEquatable<GradMode>
{
    private readonly bool _before;

    internal GradMode(bool on)
    {
        _before = Native.rt_grad_enabled() != 0;
        Native.rt_set_grad_enabled(on ? 1 : 0);
    }

    /// <summary>Restores what was before.</summary>
    public void Dispose() => Native.rt_set_grad_enabled(_before ? 1 : 0);

    /// <inheritdoc/>
    public bool Equals(GradMode other) => _before == other._before;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is GradMode other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _before.GetHashCode();

    /// <summary>Whether both restore the same.</summary>
    public static bool operator ==(GradMode left, GradMode right) => left.Equals(right);

    /// <summary>Whether they restore different modes.</summary>
    public static bool operator !=(GradMode left, GradMode right) => !left.Equals(right);
}
