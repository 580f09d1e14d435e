namespace Retort.Torch.Optim;

/// <summary>Adam with decoupled weight decay, as PyTorch's <c>AdamW</c>: each step first scales p by 1 − lr·λ.</summary>
/// <remarks>Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019, arXiv:1711.05101, algorithm 2.</remarks>
public sealed class AdamW : AdamBase
{
    /// <summary>Creates the optimiser of one group.</summary>
    public AdamW(IEnumerable<Tensor> parameters, AdamOptions? options = null)
        : this([new ParameterGroup(parameters)], options)
    {
    }

    /// <summary>Creates the optimiser; without options the weight decay is PyTorch's 0.01.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    public AdamW(IEnumerable<ParameterGroup> groups, AdamOptions? options = null)
        : base(groups, options ?? new AdamOptions { WeightDecay = 0.01 })
    {
    }

    /// <inheritdoc/>
    private protected override void Update(Batch batch)
    {
        if (batch.WeightDecay != 0)
            Ops.ForeachMulInPlace(batch.Parameters, 1 - batch.LearningRate * batch.WeightDecay);
        Update(batch, batch.Gradients);
    }
}
