namespace Retort.Torch.Optim;

/// <summary>Adam, as PyTorch's: weight decay is added to the gradient.</summary>
/// <remarks>
/// Kingma and Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, arXiv:1412.6980, algorithm 1; AMSGrad: Reddi et al.,
/// "On the Convergence of Adam and Beyond", ICLR 2018, with PyTorch's order (the maximum before the bias correction).
/// </remarks>
public sealed class Adam : AdamBase
{
    /// <summary>Creates the optimiser of one group.</summary>
    public Adam(IEnumerable<Tensor> parameters, AdamOptions? options = null)
        : this([new ParameterGroup(parameters)], options)
    {
    }

    /// <summary>Creates the optimiser.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    public Adam(IEnumerable<ParameterGroup> groups, AdamOptions? options = null)
        : base(groups, options ?? new AdamOptions())
    {
    }

    /// <inheritdoc/>
    private protected override void Update(Batch batch) => Update(batch, batch.DecayedGradients());
}
