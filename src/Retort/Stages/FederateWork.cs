using System.Globalization;
using Retort.Data;
using Retort.Distillation;
using Retort.Evaluation;
using Retort.Federation;
using Retort.Runs;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Stages;

/// <summary>What a federate stage carries from round to round: the server's network, the clients', what was measured.</summary>
internal sealed class FederateWork : IDisposable
{
    private const string CommonPrefix = "common.", FiguresPrefix = "figures.";

    private readonly StageContext _context;
    private readonly FederateStageOptions _options;
    private readonly FederatedClient[] _clients;
    private readonly double[][] _shares;
    private readonly Dataset? _proxy;
    private readonly Dataset _measured;
    private readonly Dictionary<string, double[]> _figures = [];

    public FederateWork(StageContext context, FederateStageOptions options)
    {
        (_context, _options) = (context, options);
        Common = context.NewRole(options.Role).Model;
        _measured = context.Data.Split(options.Split);
        Dataset data = Drawn(out _proxy);
        int classes = data.ClassNames.Count;
        int[][] dealt;
        try
        {
            dealt = options.Partition.Deal(
                data.Labels, classes, options.Clients, RandomStream.Derive(context.SeedOf("partition")));
        }
        catch (ArgumentException e)
        {
            throw new RunException($"stage '{context.Stage}': {e.Message}", isInputWrong: true, e);
        }

        _clients = [.. dealt.Select((places, index) => Client(index, data.Subset(places)))];
        _shares = [.. _clients.Select(c => Enumerable.Range(0, classes)
            .Select(label => c.Data.Labels.Count(l => l == label) / (double)Math.Max(1, c.Data.Count)).ToArray())];
    }

    /// <summary>The server's network.</summary>
    public Module Common { get; }

    private IEnumerable<FederatedClient> Honest => _clients.Where(c => c.Attack is null);

    private bool IsShared => _options.Aggregation.IsShared;

    /// <summary>Trains the clients of a round, lets them exchange, and measures.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> Round(int number)
    {
        FederatedClient[] present = Present(number);
        foreach (FederatedClient client in present)
        {
            if (IsShared)
                client.Model.LoadStateDict(Common.StateDict());
            string purpose = string.Create(CultureInfo.InvariantCulture, $"round {number + 1}, client {client.Index + 1}");
            new InnerTraining
            {
                Plan = _options.Training,
                Student = new Role(_options.Role, client.Model),
                Data = client.Attack?.Poison(client.Data) ?? client.Data,
                Purpose = purpose,
            }.Run(_context);
            client.Attack?.Tamper(client.Model, _context.SeedOf($"attack/{_context.Stage}/{purpose}"));
        }

        var round = new FederatedRound(_context, number) { Clients = present, Common = Common, Proxy = _proxy };
        IReadOnlyList<KeyValuePair<string, double>> said = _options.Aggregation.Exchange(round);
        if (!IsShared)
        {
            using var scope = new TensorScope();
            Module[] models = [.. Honest.Select(c => c.Model)];
            Common.LoadStateDict(AggregationOptions.Mean(models, [.. models.Select(_ => 1.0)]));
        }

        KeyValuePair<string, double>[] found = [.. Measure(), .. said];
        foreach ((string name, double value) in found)
        {
            if (!_figures.TryGetValue(name, out double[]? values))
                _figures[name] = values = new double[_options.Rounds];
            values[number] = value;
        }

        return found;
    }

    /// <summary>The stage's figures, once all rounds are done.</summary>
    public IEnumerable<KeyValuePair<string, double>> Figures()
    {
        foreach ((string name, double[] values) in _figures)
            yield return new(name, values[^1]);
        yield return new("round_accuracy", _figures["accuracy"].Average());
    }

    public IEnumerable<KeyValuePair<string, Tensor>> State()
    {
        foreach ((string name, Tensor value) in Common.StateDict())
            yield return new(CommonPrefix + name, value);
        foreach (FederatedClient client in IsShared ? [] : _clients)
        {
            foreach ((string name, Tensor value) in client.Model.StateDict())
                yield return new(PrefixOf(client) + name, value);
        }

        foreach ((string name, double[] values) in _figures)
            yield return new(FiguresPrefix + name, Tensor.From(values));
    }

    public void Load(IReadOnlyDictionary<string, Tensor> state)
    {
        Common.LoadStateDict(Under(state, CommonPrefix));
        foreach (FederatedClient client in IsShared ? [] : _clients)
            client.Model.LoadStateDict(Under(state, PrefixOf(client)));
        _figures.Clear();
        foreach ((string name, Tensor values) in Under(state, FiguresPrefix))
        {
            if (values.NumElements != _options.Rounds)
                throw new InvalidDataException($"'{name}' is not of {_options.Rounds} rounds");
            _figures[name] = values.ToArray<double>();
        }
    }

    public void Dispose()
    {
        Common.Dispose();
        foreach (FederatedClient client in _clients)
            client.Model.Dispose();
    }

    private static string PrefixOf(FederatedClient client) =>
        string.Create(CultureInfo.InvariantCulture, $"client-{client.Index}.");

    private static Dictionary<string, Tensor> Under(IReadOnlyDictionary<string, Tensor> state, string prefix) => state
        .Where(s => s.Key.StartsWith(prefix, StringComparison.Ordinal))
        .ToDictionary(s => s.Key[prefix.Length..], s => s.Value);

    private FederatedClient Client(int index, Dataset data)
    {
        if (data.Count == 0)
            throw new RunException($"stage '{_context.Stage}': client {index + 1} would have no samples.", isInputWrong: true);
        string? variant = _options.SameStart ? null : string.Create(CultureInfo.InvariantCulture, $"client-{index}");
        int attacker = index - (_options.Clients - _options.Attackers);
        AttackOptions? attack = attacker < 0 ? null : _options.Attacks[attacker % _options.Attacks.Count];
        (Dataset held, Dataset own) = data.SplitOff(_options.HoldOut, _context.SeedOf($"hold-out/{index}"));
        return own.Count == 0
            ? throw new RunException(
                $"stage '{_context.Stage}': client {index + 1} would hold out all of its {data.Count} samples.",
                isInputWrong: true)
            : new FederatedClient(index, _context.NewRole(_options.Role, variant).Model, own, held, attack);
    }

    // The server's samples lose their labels here, so that nothing can look at them.
    private Dataset Drawn(out Dataset? proxy)
    {
        Dataset all = _context.Data.Split("train");
        if (_options.TrainSamples is { } count)
            all = all.Sample(Math.Min(all.Count, count + _options.Proxy), _context.SeedOf("data"), balanced: true);
        proxy = null;
        if (_options.Proxy == 0)
            return all;
        if (_options.Proxy >= all.Count)
        {
            throw new RunException(
                $"stage '{_context.Stage}': {_options.Proxy} proxy samples of {all.Count} leave none for clients.",
                isInputWrong: true);
        }

        (Dataset held, Dataset rest) = all.SplitOff(_options.Proxy / (double)all.Count, _context.SeedOf("proxy"));
        proxy = held.Labelled([.. held.Labels.Select(_ => Dataset.NoLabel)], held.ClassNames);
        return rest;
    }

    private FederatedClient[] Present(int number)
    {
        IReadOnlyList<int> chosen = _options.Participation.Choose(_clients.Length, number + 1, _context.SeedOf("participation"));
        return [.. chosen.Order().Select(index => _clients[index])];
    }

    private IEnumerable<KeyValuePair<string, double>> Measure()
    {
        (double merged, double[] byClass) = Accuracy(Common);
        if (IsShared)
        {
            yield return new("accuracy", merged);
            yield return new("local_accuracy", Honest.Average(c => Local(c, byClass)));
            yield break;
        }

        (FederatedClient Client, double All, double[] ByClass)[] found = [.. Honest.Select(c =>
        {
            (double all, double[] classes) = Accuracy(c.Model);
            return (c, all, classes);
        })];
        yield return new("accuracy", found.Average(f => f.All));
        yield return new("local_accuracy", found.Average(f => Local(f.Client, f.ByClass)));
        yield return new("merged_accuracy", merged);
    }

    private double Local(FederatedClient client, double[] byClass) =>
        _shares[client.Index].Select((share, label) => share * byClass[label]).Sum();

    private (double All, double[] ByClass) Accuracy(Module model)
    {
        Predictions found = Predictor.Predict(model, _context.Data.Evaluation(_measured), _context.Device);
        var right = new double[found.Classes];
        var count = new double[found.Classes];
        for (int row = 0; row < found.Labels.Length; row++)
        {
            ReadOnlySpan<float> logits = found.Logits.AsSpan(row * found.Classes, found.Classes);
            int best = 0;
            for (int k = 1; k < logits.Length; k++)
                best = logits[k] > logits[best] ? k : best;
            count[found.Labels[row]]++;
            right[found.Labels[row]] += best == found.Labels[row] ? 1 : 0;
        }

        return (right.Sum() / Math.Max(1, found.Labels.Length), [.. right.Zip(count, (r, c) => r / Math.Max(1, c))]);
    }
}
