namespace Retort.Torch.Nn;

/// <summary>A tensor of a module's state that no gradient trains, such as a running mean.</summary>
public sealed class Buffer : Slot
{
    internal Buffer(string name, Tensor value, bool persistent)
        : base(name, value) => Persistent = persistent;

    /// <summary>Whether it is part of the state dict.</summary>
    public bool Persistent { get; }

    /// <summary>The tensor that is there now.</summary>
    public static implicit operator Tensor(Buffer buffer)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        return buffer.Value;
    }

    /// <summary>The tensor that is there now.</summary>
    public Tensor ToTensor() => Value;
}
