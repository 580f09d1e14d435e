using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Training;

/// <summary>Makes the weights that a network runs on from what is trained in their place: rounded, or a sum of factors.</summary>
/// <remarks>The network's own parameters keep what they hold; a forward between <see cref="Wear"/> and its end runs on what is
/// made from them. <see cref="Settle"/> writes that into the network.</remarks>
public abstract class WeightForm : IDisposable
{
    private readonly WeightParts _parts = new();

    /// <summary>Takes hold of a network.</summary>
    protected WeightForm(Module network)
    {
        ArgumentNullException.ThrowIfNull(network);
        Network = network;
    }

    /// <summary>The network.</summary>
    protected Module Network { get; }

    /// <summary>What it trains beside, or in place of, the network's own parameters.</summary>
    public Module Parts => _parts;

    /// <summary>Whether <see cref="Attune"/> wants to know the weights' gradients before training.</summary>
    public virtual bool WantsGradients => false;

    /// <summary>Lets the network run on what is made, until the result is disposed. Gradients lead to what trains.</summary>
    /// <param name="training">Whether chance may play a part.</param>
    /// <remarks>What is made belongs to the innermost scope.</remarks>
    public IDisposable Wear(bool training = false) => Network.WithParameters(Make(training));

    /// <summary>Settles what depends on the gradient of the first batch's loss; called once, before training.</summary>
    /// <param name="gradients">The gradient of each trainable parameter of the network that has one, by name.</param>
    public virtual void Attune(IReadOnlyDictionary<string, Tensor> gradients)
    {
    }

    /// <summary>Brings what trains into order after a step.</summary>
    public virtual void Advance()
    {
    }

    /// <summary>Writes what is made into the network, which is an ordinary one from then on.</summary>
    public void Settle()
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        IReadOnlyDictionary<string, Tensor> made = Make(training: false);
        foreach ((string name, Parameter parameter) in Network.NamedParameters())
        {
            if (made.TryGetValue(name, out Tensor? value))
                parameter.Value.CopyInPlace(value);
        }
    }

    /// <summary>Figures about what is left, by the names that the options list.</summary>
    public abstract IReadOnlyDictionary<string, double> Figures();

    /// <summary>Frees its own parts; the network stays.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees its own parts; the network stays.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
            _parts.Dispose();
    }

    /// <summary>The weights that take the place of the network's own, by name.</summary>
    /// <param name="training">Whether chance may play a part.</param>
    protected abstract IReadOnlyDictionary<string, Tensor> Make(bool training);

    /// <summary>Registers a trainable part that belongs to a weight.</summary>
    /// <param name="weight">The weight's dotted name.</param>
    /// <param name="part">What tells the weight's parts apart.</param>
    /// <param name="value">Its initial value, on the network's device.</param>
    protected Parameter Own(string weight, string part, Tensor value)
    {
        ArgumentNullException.ThrowIfNull(weight);
        return _parts.Add($"{weight.Replace('.', '/')}:{part}", value);
    }

    /// <summary>The network's weights (parameters of two dimensions or more) outside some modules, by name.</summary>
    /// <param name="network">The network.</param>
    /// <param name="skip">Paths of modules whose parameters are left out.</param>
    /// <param name="all">Whether biases and the like count too.</param>
    /// <exception cref="ArgumentException">There is none.</exception>
    protected static KeyValuePair<string, Parameter>[] WeightsOf(Module network, IReadOnlyList<string> skip, bool all = false)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(skip);
        HashSet<Parameter> left = [.. skip.SelectMany(path => network.Find(path).Parameters())];
        KeyValuePair<string, Parameter>[] found =
        [
            .. network.NamedParameters().Where(p => !left.Contains(p.Value) && p.Value.Value.DType.IsFloatingPoint()
                && (all || p.Value.Value.Dimensions >= 2)),
        ];
        return found.Length > 0
            ? found
            : throw new ArgumentException($"{network.GetType().Name} has no weight left to make so: all are skipped.");
    }

    private sealed class WeightParts : Module
    {
        public Parameter Add(string name, Tensor value) => Parameter(name, value);

        protected override Tensor Forward(Tensor input) => throw new NotSupportedException("parts of weights are no layer.");
    }
}
