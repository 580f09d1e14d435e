using System.Runtime.CompilerServices;

namespace Retort.Torch;

/// <summary>An integer list as an operator's argument: <c>2</c>, <c>[2, 3]</c>, an array, or left out.</summary>
/// <remarks>A single number stands for as many equal ones as the operator wants: a stride of 2 is [2, 2].</remarks>
[CollectionBuilder(typeof(Sizes), nameof(Create))]
public readonly ref struct Sizes
{
    private readonly ReadOnlySpan<long> _values;
    private readonly long _single;
    private readonly bool _present;

    private Sizes(ReadOnlySpan<long> values)
    {
        _values = values;
        _present = true;
    }

    private Sizes(long single)
    {
        _single = single;
        _present = true;
        IsSingle = true;
    }

    /// <summary>Whether it is one number rather than a list.</summary>
    public bool IsSingle { get; }

    /// <summary>Whether the caller left the argument out.</summary>
    public bool IsAbsent => !_present;

    /// <summary>How many numbers there are.</summary>
    public int Count => IsSingle ? 1 : _values.Length;

    /// <summary>The number at that place.</summary>
    public long this[int index] => IsSingle && index == 0 ? _single : _values[index];

    /// <summary>Makes a list of these numbers.</summary>
    public static Sizes Create(ReadOnlySpan<long> values) => new(values);

    /// <summary>The numbers in order.</summary>
    public ReadOnlySpan<long>.Enumerator GetEnumerator() => _values.GetEnumerator();

    /// <summary>One number.</summary>
    public static implicit operator Sizes(long value) => new(value);

    /// <summary>The numbers of an array.</summary>
    public static implicit operator Sizes(long[] values) => new(values);

    /// <summary>The numbers of a span.</summary>
    public static implicit operator Sizes(ReadOnlySpan<long> values) => new(values);

    /// <summary>Writes the numbers out; returns how many there are.</summary>
    internal int CopyTo(Span<long> target)
    {
        if (IsSingle)
            target[0] = _single;
        else
            _values.CopyTo(target);
        return Count;
    }
}
