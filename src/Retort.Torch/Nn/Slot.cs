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
