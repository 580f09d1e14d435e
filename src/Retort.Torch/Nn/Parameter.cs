namespace Retort.Torch.Nn;

/// <summary>A named place of a module that holds a tensor, so that another tensor can be put there for a while.</summary>
/// <remarks>The tensor belongs to no scope: it lives as long as the module.</remarks>
public abstract class Slot
{
    private Tensor _value;

    private protected Slot(string name, Tensor value)
    {
        ArgumentNullException.ThrowIfNull(value);
        Name = name;
        _value = value.Persist();
    }

    /// <summary>The last part of the dotted name: <c>weight</c>.</summary>
    public string Name { get; }

    /// <summary>The tensor that is there now.</summary>
    public Tensor Value
    {
        get => _value;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _value = value.Persist();
        }
    }

    /// <summary>Puts another tensor there without taking it out of its scope; see <see cref="Module.WithParameters"/>.</summary>
    internal Tensor Exchange(Tensor value)
    {
        Tensor before = _value;
        _value = value;
        return before;
    }
}

/// <summary>A trainable tensor of a module.</summary>
public sealed class Parameter : Slot
{
    internal Parameter(string name, Tensor value)
        : base(name, value)
    {
    }

    /// <summary>Whether training changes it; frozen parameters require no gradient.</summary>
    public bool Trainable
    {
        get => Value.RequiresGrad;
        set => Value.SetRequiresGrad(value);
    }

    /// <summary>The tensor that is there now.</summary>
    public static implicit operator Tensor(Parameter parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        return parameter.Value;
    }

    /// <summary>The tensor that is there now.</summary>
    public Tensor ToTensor() => Value;
}

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
