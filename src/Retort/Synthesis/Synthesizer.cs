using Retort.Torch;
using Retort.Torch.Optim;

namespace Retort.Synthesis;

/// <summary>A way to make training data by gradient descent: what makes a set of samples good, and how that changes
/// with them.</summary>
/// <remarks>The stage owns the samples, the optimiser and the steps; a synthesizer sees networks through <see cref="Surrogate"/>
/// and real data through <see cref="RealSamples"/>. What it draws must come from the default generator or from the step's number,
/// so that an interrupted run ends with the same bits.</remarks>
public abstract class Synthesizer : IDisposable
{
    private SynthesisSetup? _setup;

    /// <summary>Whether it works with a role's network, drawn anew or trained on what was made so far.</summary>
    public virtual bool NeedsRole => true;

    /// <summary>Whether it works with networks that were trained before.</summary>
    public virtual bool NeedsTeacher => false;

    /// <summary>Whether it works with recorded trainings of the role's network.</summary>
    public virtual bool NeedsTrajectories => false;

    /// <summary>What is worth showing of what is learned beside the samples.</summary>
    public virtual IEnumerable<KeyValuePair<string, double>> Figures => [];

    /// <summary>Further tensors that move beside the samples, each group at a rate of its own:
    /// soft labels, a step size.</summary>
    public virtual IReadOnlyList<ParameterGroup> Learned => [];

    /// <summary>What a checkpoint must hold besides the samples, what is learned, the networks and the optimiser.</summary>
    public virtual IEnumerable<KeyValuePair<string, Tensor>> State => [];

    /// <summary>What it works on; there from <see cref="Attach"/> on.</summary>
    public SynthesisSetup Setup => _setup ?? throw new InvalidOperationException("the synthesizer was not attached.");

    /// <summary>Gives the synthesizer what it works on, before the first step.</summary>
    /// <exception cref="ArgumentException">It needs something that is not there.</exception>
    public void Attach(SynthesisSetup setup)
    {
        ArgumentNullException.ThrowIfNull(setup);
        _setup = setup;
        Prepare();
    }

    /// <summary>Adds the gradient of a step's loss to the samples and to what is learned.
    /// A tensor that gets none stays.</summary>
    /// <param name="step">From 0.</param>
    /// <returns>The loss, without a graph.</returns>
    public abstract Tensor Backward(long step);

    /// <summary>Called when the samples have moved: keeps them in range, trains the network on them.</summary>
    /// <param name="step">From 0.</param>
    public virtual void Moved(long step)
    {
    }

    /// <summary>Takes over what <see cref="State"/> gave.</summary>
    public virtual void Load(IReadOnlyDictionary<string, Tensor> state)
    {
    }

    /// <summary>What is written at the end: the samples as they are, unless the method stores them in another form.</summary>
    public virtual SyntheticSet Result() => new(Setup.Images.Detach(), Setup.Labels);

    /// <summary>Adds the gradient of a loss to the samples and to what is learned, and to nothing else: weights of networks get
    /// none.</summary>
    /// <param name="loss">A scalar.</param>
    protected void Accumulate(Tensor loss)
    {
        using var scope = new TensorScope();
        Tensor[] leaves = [Setup.Images, .. Learned.SelectMany(g => g.Parameters)];
        Tensor?[] gradients = Autograd.Grad([loss], leaves, allowUnused: true);
        using GradMode off = Autograd.NoGrad();
        foreach ((Tensor leaf, Tensor? gradient) in leaves.Zip(gradients))
        {
            if (gradient is not null)
                leaf.Grad = leaf.Grad is { } before ? before + gradient : gradient;
        }
    }

    /// <summary>Makes what depends on the setup.</summary>
    protected virtual void Prepare()
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the synthesizer made.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}
