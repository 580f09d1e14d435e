using Retort.Torch;
using Retort.Torch.Optim;

namespace Retort.Runs.Checks;

/// <summary>How much an optimiser remembers for each parameter.</summary>
internal static class OptimizerState
{
    private const int Width = 64;

    /// <summary>Numbers of state for each number of parameters: 1 for momentum, 2 for Adam.</summary>
    /// <remarks>Measured: the optimiser takes a step with a small vector, and the state that has its size is counted.</remarks>
    public static int CopiesOf(Training.OptimizerOptions options)
    {
        using var scope = new TensorScope();
        Tensor vector = Tensor.Ones(Width).SetRequiresGrad();
        using Optimizer optimizer = options.Create([new ParameterGroup([vector])]);
        vector.Sum().Backward();
        optimizer.Step();
        return optimizer.State().Count(s => s.Value.NumElements == Width);
    }
}
