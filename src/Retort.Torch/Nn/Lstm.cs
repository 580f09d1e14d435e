namespace Retort.Torch.Nn;

/// <summary>Long short-term memory: a recurrent layer with a cell that gates write, erase and read.</summary>
/// <remarks>
/// [T, N, input] → [T, N, hidden · directions] (or batch first). Hochreiter and Schmidhuber, 1997. Gates lie in PyTorch's
/// order: input, forget, cell, output.
/// </remarks>
public sealed class Lstm : Recurrent
{
    /// <summary>Creates the layer with PyTorch's initial values.</summary>
    /// <exception cref="ArgumentException">A number is out of range.</exception>
    public Lstm(long inputSize, long hiddenSize, RecurrentOptions? options = null)
        : base(gates: 4, inputSize, hiddenSize, options ?? new RecurrentOptions())
    {
    }

    /// <summary>Runs over a sequence from a given state, or from zeros.</summary>
    /// <param name="input">[T, N, input], or [N, T, input] where batch first.</param>
    /// <param name="state">Hidden and cell state, [layers · directions, N, hidden] each; zeros when null.</param>
    /// <returns>Outputs of the last layer at every position, and the final states.</returns>
    public (Tensor Output, Tensor Hidden, Tensor Cell) Run(Tensor input, (Tensor Hidden, Tensor Cell)? state = null)
    {
        Tensor zeros = ZeroState(input);
        (Tensor hidden, Tensor cell) = state ?? (zeros, zeros);
        return Ops.Lstm(
            input, [hidden, cell], Weights, Options.Bias, Options.Layers, Options.Dropout, Training, Options.Bidirectional,
            Options.BatchFirst);
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) => Run(input).Output;
}
