using Retort.Distillation;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Synthesis;

/// <summary>A network that data is made for: drawn anew, trained on the way, or a function of weights that are given.</summary>
public sealed class Surrogate : IDisposable
{
    private readonly Role _role;
    private readonly Func<Module>? _draw;
    private TapSession _taps;
    private readonly string[] _names;
    private readonly Tensor[] _weights;

    /// <summary>Takes a network over.</summary>
    /// <param name="role">The network; disposed of with the surrogate.</param>
    /// <param name="draw">Makes a network of the same kind with weights from the default generator; null for one that is
    /// trained.</param>
    public Surrogate(Role role, Func<Module>? draw = null)
    {
        ArgumentNullException.ThrowIfNull(role);
        _role = role;
        _draw = draw;
        _taps = new TapSession(role, []);
        _names = [.. role.Model.NamedParameters().Select(p => p.Key)];
        _weights = [.. role.Model.Parameters().Select(p => p.Value)];
    }

    /// <summary>What recipes call the network.</summary>
    public string Name => _role.Name;

    /// <summary>Its weights in PyTorch's order.</summary>
    public IReadOnlyList<Tensor> Weights => _weights;

    /// <summary>Its state under PyTorch's names, for checkpoints.</summary>
    public IReadOnlyDictionary<string, Tensor> State => _role.Model.StateDict();

    /// <summary>Takes over a state that <see cref="State"/> gave.</summary>
    public void Load(IReadOnlyDictionary<string, Tensor> state) => _role.Model.LoadStateDict(state);

    /// <summary>Gives the network fresh weights from the default generator, and training behaviour.</summary>
    /// <exception cref="InvalidOperationException">It is one that was trained.</exception>
    public void Renew()
    {
        using Module fresh = _draw?.Invoke()
            ?? throw new InvalidOperationException($"'{Name}' was trained; it is not drawn anew.");
        _role.Model.LoadStateDict(fresh.StateDict());
        _role.Model.Train();
    }

    /// <summary>Whether weights get gradients; samples do in any case.</summary>
    public void SetTrainable(bool on) => _role.Model.SetTrainable(on);

    /// <summary>Takes the running statistics of batch norms from one batch of real samples and keeps them from then on; other
    /// networks stay as they are.</summary>
    /// <param name="samples">Samples of all classes; not asked for where there are no batch norms.</param>
    public void Settle(Func<Tensor> samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        if (!Norms.Any())
            return;
        using (Autograd.NoGrad())
            _role.Model.Call(samples());
        KeepStatistics();
    }

    /// <summary>Keeps the running statistics of batch norms as they are, until <see cref="Renew"/>.</summary>
    public void KeepStatistics()
    {
        foreach (BatchNorm norm in Norms)
            norm.Eval();
    }

    /// <summary>The logits of samples, [N, K].</summary>
    public Tensor Logits(Tensor samples) => _role.Model.Call(samples);

    /// <summary>Says what <see cref="Run"/> gives from inside the network.</summary>
    /// <exception cref="ArgumentException">A tap names no module.</exception>
    public void Tap(params IEnumerable<TapPath> taps)
    {
        _taps.Dispose();
        _taps = new TapSession(_role, taps);
    }

    /// <summary>The logits and what is tapped.</summary>
    public RoleSignals Run(Tensor samples) => _taps.Run(samples);

    /// <summary>The logits that other weights would give, recorded as a function of them.</summary>
    /// <param name="weights">In the order of <see cref="Weights"/>, of their shapes.</param>
    /// <param name="samples">[N, …].</param>
    public Tensor Logits(IReadOnlyList<Tensor> weights, Tensor samples)
    {
        ArgumentNullException.ThrowIfNull(weights);
        using IDisposable exchanged = _role.Model.WithParameters(_names.Zip(weights).ToDictionary(p => p.First, p => p.Second));
        return _role.Model.Call(samples);
    }

    /// <summary>The gradients of a loss in the weights.</summary>
    /// <param name="loss">A scalar.</param>
    /// <param name="createGraph">Record them, for derivatives of second order.</param>
    public Tensor[] Gradients(Tensor loss, bool createGraph = false) => Autograd.Grad(loss, _weights, createGraph: createGraph);

    /// <summary>The path of each module of a type, first to last: what a method taps in every network.</summary>
    public IReadOnlyList<string> PathsOf<T>()
        where T : Module => [.. _role.Model.NamedModules().Where(m => m.Value is T).Select(m => m.Key)];

    private IEnumerable<BatchNorm> Norms => _role.Model.NamedModules().Select(m => m.Value).OfType<BatchNorm>();

    /// <inheritdoc/>
    public void Dispose()
    {
        _taps.Dispose();
        _role.Model.Dispose();
    }
}
