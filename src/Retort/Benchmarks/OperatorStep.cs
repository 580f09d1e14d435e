using Retort.Torch;

namespace Retort.Benchmarks;

/// <summary>A thousand calls of a small operator.</summary>
internal sealed class OperatorStep : IBenchmarkStep
{
    internal const int Calls = 1000;

    private readonly Tensor _x;
    private readonly Tensor _y;
    private readonly bool _isAdd;

    internal OperatorStep(string name)
    {
        _isAdd = name.StartsWith("add", StringComparison.Ordinal);
        _x = Tensor.Ones(4).Persist();
        _y = Tensor.Ones(4).Persist();
        if (name.EndsWith("-grad", StringComparison.Ordinal))
            _x.SetRequiresGrad();
    }

    public void Run(int steps)
    {
        for (int step = 0; step < steps; step++)
        {
            // A scope is open, as in a trainer's step; each result goes at once, as Python frees it.
            using var scope = new TensorScope();
            for (int call = 0; call < Calls; call++)
                (_isAdd ? _x.Add(_y) : _x.Relu()).Dispose();
        }
    }

    public void Dispose()
    {
        _x.Dispose();
        _y.Dispose();
    }
}
