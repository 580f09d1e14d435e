namespace Retort.Torch.Nn;

/// <summary>Gated recurrent unit: a recurrent layer with a reset and an update gate.</summary>
/// <remarks>
/// [T, N, input] → [T, N, hidden · directions] (or batch first). Cho et al., arXiv:1406.1078. Gates lie in PyTorch's order:
/// reset, update, new.
/// </remarks>
public sealed class Gru : Recurrent
{
    /// <summary>Creates the layer with PyTorch's initial values.</summary>
    /// <exception cref="ArgumentException">A number is out of range.</exception>
    public Gru(long inputSize, long hiddenSize, RecurrentOptions? options = null)
        : base(gates: 3, inputSize, hiddenSize, options ?? new RecurrentOptions())
    {
    }

    /// <summary>Runs over a sequence from a given state, or from zeros.</summary>
    /// <param name="input">[T, N, input], or [N, T, input] where batch first.</param>
    /// <param name="state">Hidden state, [layers · directions, N, hidden]; zeros when null.</param>
    /// <returns>Outputs of the last layer at every position, and the final state.</returns>
    public (Tensor Output, Tensor Hidden) Run(Tensor input, Tensor? state = null)
    {
        Tensor zeros = ZeroState(input);
        return Ops.Gru(
            input, state ?? zeros, Weights, Options.Bias, Options.Layers, Options.Dropout, Training, Options.Bidirectional,
            Options.BatchFirst);
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) => Run(input).Output;
}
