namespace Retort.Torch.Optim;

/// <summary>Changes parameters in place after their gradients, one step at a time.</summary>
public abstract class Optimizer : IDisposable
{
    /// <summary>The groups in the order in which they were given; the order names their state in checkpoints.</summary>
    public abstract IReadOnlyList<ParameterGroup> Groups { get; }

    /// <summary>How many steps were taken, those before a resumed checkpoint included.</summary>
    public abstract long StepCount { get; }

    /// <summary>How many tensors of state it holds besides the parameters.</summary>
    public abstract int StateCount { get; }

    /// <summary>All parameters of all groups, in order.</summary>
    public IEnumerable<Tensor> Parameters => Groups.SelectMany(group => group.Parameters);

    /// <summary>Takes a step with the gradients that the parameters have now. A parameter without a gradient stays as it
    /// is.</summary>
    public abstract void Step();

    /// <summary>Computes the gradients by <paramref name="computeGradients"/>, as often as the optimiser needs them, and takes
    /// a step.</summary>
    /// <param name="computeGradients">Clears the gradients, runs the model and calls backward.</param>
    public virtual void Step(Action computeGradients)
    {
        ArgumentNullException.ThrowIfNull(computeGradients);
        computeGradients();
        Step();
    }

    /// <summary>Adds another group, such as the parts that a criterion owns.</summary>
    /// <exception cref="ArgumentException">One of its parameters is in a group already.</exception>
    public abstract void Add(ParameterGroup group);

    /// <summary>Removes the gradients of all parameters, so that backward writes new ones.</summary>
    public void ZeroGrad()
    {
        foreach (Tensor parameter in Parameters)
            parameter.Grad = null;
    }

    /// <summary>What a checkpoint must hold to go on from here, under PyTorch's names.</summary>
    /// <remarks>
    /// <para><c>state.I.NAME</c> for parameter I (counted over all groups) and PyTorch's name of the buffer, such as
    /// <c>state.0.exp_avg</c>; <c>state.I.step</c>, int64; <c>param_groups.G.lr</c>, <c>.initial_lr</c> and
    /// <c>.weight_decay</c>, float64; <c>step</c>, int64, the steps taken.</para>
    /// <para>Buffers are the live ones: write them before the next step, or clone them.</para>
    /// </remarks>
    public abstract IReadOnlyDictionary<string, Tensor> State();

    /// <summary>Takes over what <see cref="State"/> gave, or what PyTorch's optimiser of the same kind had, under the same
    /// names.</summary>
    /// <exception cref="InvalidDataException">A name is unknown, or a shape or a type does not fit; nothing is changed
    /// then.</exception>
    public abstract void Load(IReadOnlyDictionary<string, Tensor> state);

    /// <summary>Frees the state; the parameters stay. Safe to call twice.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the state.</summary>
    /// <param name="disposing">Whether <see cref="Dispose()"/> called.</param>
    protected abstract void Dispose(bool disposing);
}

/// <summary>What all optimisers have in common; a group may set its own.</summary>
public abstract record OptimizerOptions
{
    /// <summary>Learning rate, at least 0.</summary>
    public double LearningRate { get; init; }

    /// <summary>Weight decay, at least 0.</summary>
    public double WeightDecay { get; init; }
}
