using Retort.Torch;

namespace Retort.Distillation;

/// <summary>What a role gave in one step: its output and the tensors tapped inside it.</summary>
public sealed class RoleSignals
{
    private readonly Tensor? _output;
    private readonly IReadOnlyDictionary<TapPath, Tensor> _taps;
    private readonly IReadOnlyDictionary<string, RoleSignals> _others;

    /// <summary>Creates the signals of one role.</summary>
    /// <param name="name">The role's name.</param>
    /// <param name="output">The model's output, such as logits [N, K].</param>
    /// <param name="taps">Tapped tensors by the path that was asked for.</param>
    /// <param name="others">What it gave on further inputs, by their names.</param>
    public RoleSignals(
        string name, Tensor output, IReadOnlyDictionary<TapPath, Tensor>? taps = null,
        IReadOnlyDictionary<string, RoleSignals>? others = null)
        : this(taps, others, name, output)
    {
    }

    private RoleSignals(
        IReadOnlyDictionary<TapPath, Tensor>? taps, IReadOnlyDictionary<string, RoleSignals>? others, string name, Tensor? output)
    {
        Name = name;
        _output = output;
        _taps = taps ?? new Dictionary<TapPath, Tensor>();
        _others = others ?? new Dictionary<string, RoleSignals>();
    }

    /// <summary>The role's name.</summary>
    public string Name { get; }

    /// <summary>The model's output; for a classifier the logits [N, K].</summary>
    /// <exception cref="InvalidOperationException">The role was not run on the batch's own input, since no term reads
    /// that.</exception>
    public Tensor Output => _output
        ?? throw new InvalidOperationException($"role '{Name}' was not run on the batch's own input: no term reads that.");

    /// <summary>The signals of a role that was not run on the batch's own input (<see cref="Criterion.ReadsInput"/>).</summary>
    /// <param name="name">The role's name.</param>
    /// <param name="others">What it gave on further inputs.</param>
    internal static RoleSignals NotRun(string name, IReadOnlyDictionary<string, RoleSignals>? others = null) =>
        new(null, others, name, null);

    /// <summary>The model's output, by the name that classification methods use: [N, K], before softmax.</summary>
    public Tensor Logits => Output;

    /// <summary>The same signals with each tensor replaced by what a function makes of it.</summary>
    internal RoleSignals Select(Func<Tensor, Tensor> change) =>
        new(Name, change(Output), _taps.ToDictionary(t => t.Key, t => change(t.Value)));

    /// <summary>The tensor at a tap.</summary>
    /// <exception cref="KeyNotFoundException">No criterion asked for this tap.</exception>
    public Tensor Tap(TapPath tap)
    {
        ArgumentNullException.ThrowIfNull(tap);
        return _taps.TryGetValue(tap, out Tensor? tensor)
            ? tensor
            : throw new KeyNotFoundException(
                $"role '{Name}' was not tapped at '{tap}'; a criterion lists what it needs in its taps.");
    }

    /// <summary>Whether a tap was asked for; an auxiliary network may be one teacher's alone.</summary>
    internal bool Has(TapPath tap) => _taps.ContainsKey(tap);

    /// <summary>What the role gave on a further input that a criterion asked for.</summary>
    /// <exception cref="KeyNotFoundException">No criterion asked that this role be run on it.</exception>
    public RoleSignals On(string input) => _others.TryGetValue(input, out RoleSignals? found)
        ? found
        : throw new KeyNotFoundException(
            $"role '{Name}' was not run on '{input}'; a criterion lists what it needs in its inputs.");

    /// <summary>What the role gave on further inputs, by their names.</summary>
    internal IReadOnlyDictionary<string, RoleSignals> Others => _others;

    /// <summary>The same with what the role gave on further inputs.</summary>
    internal RoleSignals With(IReadOnlyDictionary<string, RoleSignals> others) => new(_taps, others, Name, _output);

    /// <summary>The same with a further tensor under a tap's name.</summary>
    internal RoleSignals With(IEnumerable<KeyValuePair<TapPath, Tensor>> taps) =>
        new(_taps.Concat(taps).ToDictionary(), _others, Name, _output);

    /// <summary>The same without gradients: what a peer looks like to the others.</summary>
    internal RoleSignals Detached() => new(
        _taps.ToDictionary(t => t.Key, t => t.Value.Detach()), _others.ToDictionary(o => o.Key, o => o.Value.Detached()),
        Name, _output?.Detach());
}
