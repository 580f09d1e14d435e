using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Training;

/// <content>What of a learner goes into checkpoints and to later stages.</content>
public sealed partial class Learner
{
    private const string ModelPrefix = "model.";
    private const string OptimizerPrefix = "optimizer.";
    private const string AuxiliariesPrefix = "auxiliaries.";
    private const string OpponentsPrefix = "opponents.";
    private const string ScalesName = "auto_scales";
    private const string WeightsPrefix = "weights.";
    private static readonly IReadOnlyDictionary<string, Tensor> NoState = new Dictionary<string, Tensor>();

    /// <summary>What terms own, under their names, the auxiliary networks, and what the network's weights are made of
    /// (<c>weights/…</c>).</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> Parts()
    {
        foreach ((string name, Tensor value) in _form?.Parts.StateDict() ?? NoState)
            yield return new($"weights/{name}", value);
        for (int k = 0; k < _criteria.Count; k++)
        {
            foreach ((string name, Tensor value) in _criteria[k].Owned.StateDict())
                yield return new($"{_setup.CriterionNames[k]}/{name}", value);
        }

        foreach ((string name, Module network) in _auxiliaries.Networks.Children)
        {
            foreach ((string part, Tensor value) in network.StateDict())
                yield return new($"{TapPath.OfAuxiliary(name).Path}/{part}", value);
        }
    }

    /// <summary>What the terms found out about the training samples.</summary>
    public IEnumerable<KeyValuePair<string, double>> Findings() => _criteria.SelectMany(c => c.Findings());

    /// <summary>What a checkpoint must hold, by name.</summary>
    /// <param name="prefix">Tells several learners apart.</param>
    public IEnumerable<KeyValuePair<string, Tensor>> State(string prefix = "")
    {
        foreach ((string name, Tensor value) in Role.Model.StateDict())
            yield return new(prefix + ModelPrefix + name, value);
        for (int k = 0; k < _criteria.Count; k++)
        {
            foreach ((string name, Tensor value) in _criteria[k].Owned.StateDict())
                yield return new($"{prefix}criteria.{k}.{name}", value);
        }

        foreach ((string name, Tensor value) in _auxiliaries.Networks.StateDict())
            yield return new(prefix + AuxiliariesPrefix + name, value);
        foreach ((string name, Tensor value) in _form?.Parts.StateDict() ?? NoState)
            yield return new(prefix + WeightsPrefix + name, value);
        foreach ((string name, Tensor value) in Moves.State())
            yield return new(prefix + OptimizerPrefix + name, value);
        for (int k = 0; k < _opponents.Count; k++)
        {
            foreach ((string name, Tensor value) in _opponents[k].State())
                yield return new($"{prefix}{OpponentsPrefix}{k}.{name}", value);
        }

        yield return new(prefix + ScalesName, Tensor.From(_scales));
    }

    /// <summary>Takes over what <see cref="State"/> gave under the same prefix.</summary>
    /// <exception cref="InvalidDataException">The names or shapes do not fit.</exception>
    public void Load(IReadOnlyDictionary<string, Tensor> state, string prefix = "")
    {
        ArgumentNullException.ThrowIfNull(state);
        Role.Model.LoadStateDict(Under(state, prefix + ModelPrefix));
        for (int k = 0; k < _criteria.Count; k++)
            _criteria[k].Owned.LoadStateDict(Under(state, $"{prefix}criteria.{k}."));
        _auxiliaries.Networks.LoadStateDict(Under(state, prefix + AuxiliariesPrefix));
        _form?.Parts.LoadStateDict(Under(state, prefix + WeightsPrefix));
        Moves.Load(Under(state, prefix + OptimizerPrefix));
        for (int k = 0; k < _opponents.Count; k++)
            _opponents[k].Load(Under(state, $"{prefix}{OpponentsPrefix}{k}."));
        if (!state.TryGetValue(prefix + ScalesName, out Tensor? scales) || scales.NumElements != _scales.Length)
            throw new InvalidDataException($"the checkpoint has no '{prefix}{ScalesName}' for {_scales.Length} terms.");
        scales.CopyTo<double>(_scales);
    }

    private static Dictionary<string, Tensor> Under(IReadOnlyDictionary<string, Tensor> state, string prefix) => state
        .Where(s => s.Key.StartsWith(prefix, StringComparison.Ordinal))
        .ToDictionary(s => s.Key[prefix.Length..], s => s.Value);
}
