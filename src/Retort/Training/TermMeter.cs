using Retort.Torch;

namespace Retort.Training;

/// <summary>Adds figures up over steps without waiting for the device; reads their means.</summary>
public sealed class TermMeter : IDisposable
{
    private readonly Tensor[] _sums;
    private long _count;

    /// <summary>Names the figures.</summary>
    public TermMeter(IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        Names = names;
        _sums = [.. names.Select(_ => Tensor.Zeros(DType.Float64, []).Persist())];
    }

    /// <summary>The figures' names.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Adds a step's figures, scalars in the order of the names.</summary>
    public void Add(IReadOnlyList<Tensor> figures)
    {
        ArgumentNullException.ThrowIfNull(figures);
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        for (int k = 0; k < _sums.Length; k++)
            _sums[k].AddInPlace(figures[k].Detach());
        _count++;
    }

    /// <summary>The means since the last call, and begins anew; NaN where nothing was added.</summary>
    public double[] Take()
    {
        double[] means = Array.ConvertAll(_sums, s => _count == 0 ? double.NaN : s.ToDouble() / _count);
        foreach (Tensor sum in _sums)
            sum.ZeroInPlace();
        _count = 0;
        return means;
    }

    /// <summary>The sums so far and how many steps they are of, float64 [figures + 1], for a checkpoint.</summary>
    public Tensor State() => Tensor.From([.. _sums.Select(s => s.ToDouble()), (double)_count]);

    /// <summary>Takes over what <see cref="State"/> gave.</summary>
    /// <exception cref="InvalidDataException">It is of another number of figures.</exception>
    public void Load(Tensor state)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.NumElements != _sums.Length + 1)
            throw new InvalidDataException($"the sums are of {state.NumElements - 1} figures, not of {_sums.Length}.");
        double[] values = state.ToArray<double>();
        for (int k = 0; k < _sums.Length; k++)
            _sums[k].FillInPlace(values[k]);
        _count = (long)values[^1];
    }

    /// <summary>Frees the sums.</summary>
    public void Dispose()
    {
        foreach (Tensor sum in _sums)
            sum.Dispose();
    }
}
