namespace Retort.Torch.Nn;

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
