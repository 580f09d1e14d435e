using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Methods.Generative;

/// <summary>A running average of a network's weights, kept as a part that a criterion owns: it goes into checkpoints.</summary>
internal sealed class MovingAverage : Module
{
    private readonly Module _network;
    private readonly Dictionary<string, Torch.Nn.Buffer> _values = new(StringComparer.Ordinal);

    /// <summary>Starts from the network's present values.</summary>
    public MovingAverage(Module network)
    {
        _network = network;
        foreach ((string name, Parameter parameter) in network.NamedParameters())
            _values[name] = Buffer(name.Replace('.', '_'), parameter.Value.Detach().Clone());
    }

    /// <summary>Puts the averages in the place of the network's weights until the result is disposed.</summary>
    public IDisposable Swap() => _network.WithParameters(_values.ToDictionary(v => v.Key, v => v.Value.Value));

    /// <summary>e ← d·e + (1 − d)·p.</summary>
    public void Update(double decay)
    {
        using GradMode off = Autograd.NoGrad();
        using var scope = new TensorScope();
        foreach ((string name, Parameter parameter) in _network.NamedParameters())
            _values[name].Value.LerpInPlace(parameter.Value, 1 - decay);
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) =>
        throw new InvalidOperationException("an average of weights is no network of its own.");
}
