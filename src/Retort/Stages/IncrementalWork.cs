using Retort.Data;
using Retort.Distillation;
using Retort.Evaluation;
using Retort.Runs;
using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Training;

namespace Retort.Stages;

/// <summary>What an incremental stage carries from task to task: the network, the memory, what terms own, what was
/// measured.</summary>
internal sealed class IncrementalWork : IDisposable
{
    private const string ModelPrefix = "model.", PartsPrefix = "parts.", FirstPrefix = "first.", CorrectionPrefix = "correction.";
    private const string MemoryName = "memory", AccuracyName = "accuracy", KnownName = "known_task", NewestName = "newest";

    private readonly StageContext _context;
    private readonly IncrementalStageOptions _options;
    private readonly IReadOnlyList<CriterionOptions> _firstTerms;
    private readonly int[] _order;
    private readonly int[] _bounds;
    private readonly string[] _classes;
    private readonly Dataset _train;
    private readonly Dataset _measured;
    private readonly Role _student;
    private readonly GrowingHead _head;
    private readonly List<int> _memory = [];
    private readonly double[,] _accuracy;
    private readonly double[,] _knownTask;
    private readonly double[] _newest;
    private readonly Dictionary<string, double[]> _corrections = [];
    private Dictionary<string, Tensor> _parts = [];
    private Dictionary<string, Tensor> _first = [];

    public IncrementalWork(StageContext context, IncrementalStageOptions options, IReadOnlyList<CriterionOptions> firstTerms)
    {
        (_context, _options, _firstTerms) = (context, options, firstTerms);
        _student = context.NewRole(options.Role);
        _head = new GrowingHead(_student.Model);
        int classes = (int)_head.Classes, tasks = options.Tasks;
        _order = options.Order is { } order ? [.. order] : RandomStream.Derive(context.SeedOf("classes")).Permutation(classes);
        _bounds = [.. Enumerable.Range(0, tasks + 1).Select(t => t * classes / tasks)];
        Dataset train = context.Data.Split("train");
        _classes = [.. _order.Select(label => train.ClassNames[label])];
        if (options.TrainSamples is { } count)
            train = train.Sample(count, context.SeedOf("data"), balanced: true);
        _train = InOrder(train);
        _measured = InOrder(context.Data.Split(options.Split));
        _accuracy = new double[tasks, tasks];
        _knownTask = new double[tasks, tasks];
        _newest = new double[tasks];
    }

    /// <summary>Trains on a task's classes, and measures.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> Learn(int task)
    {
        int old = _bounds[task], seen = _bounds[task + 1];
        Role? before = task == 0 ? null : Before(old);
        _head.Grow(seen);
        int[] places = [.. PlacesOf(_train, old, seen), .. _memory];
        IReadOnlyDictionary<string, Tensor> parts = new InnerTraining
        {
            Plan = _options.Training,
            Student = _student,
            Teachers = before is null ? [] : [before],
            Data = Seen(_train.Subset(places), seen),
            Purpose = $"task {task + 1}",
            Criteria = before is null ? _firstTerms : null,
            Parts = _parts,
        }.Run(_context);
        before?.Model.Dispose();
        Keep(ref _parts, parts);
        if (task == 0)
            Keep(ref _first, BelowHead().ToDictionary(p => p.Key, p => p.Value.Value.Detach().Clone()));
        else if (_options.Correct is { } correction)
        {
            foreach ((string name, double value) in correction.Apply(_head.Current, old))
            {
                if (!_corrections.TryGetValue(name, out double[]? values))
                    _corrections[name] = values = new double[_options.Tasks];
                values[task] = value;
            }
        }

        Remember(old, seen);
        return Measure(task, seen);
    }

    /// <summary>The stage's figures, once all tasks are learnt.</summary>
    public IEnumerable<KeyValuePair<string, double>> Figures()
    {
        int tasks = _options.Tasks, last = tasks - 1;
        int[] sizes = [.. Enumerable.Range(0, tasks).Select(t => PlacesOf(_measured, _bounds[t], _bounds[t + 1]).Count())];
        double Overall(double[,] found, int after) =>
            Enumerable.Range(0, after + 1).Sum(t => found[after, t] * sizes[t]) / sizes.Take(after + 1).Sum();
        double Forgetting(double[,] found) => Enumerable.Range(0, last)
            .Average(t => Enumerable.Range(t, tasks - t).Max(after => found[after, t]) - found[last, t]);
        yield return new("accuracy", Overall(_accuracy, last));
        yield return new("average_accuracy", Enumerable.Range(0, tasks).Average(after => Overall(_accuracy, after)));
        yield return new("known_task_accuracy", Overall(_knownTask, last));
        if (tasks == 1)
            yield break;
        yield return new("forgetting", Forgetting(_accuracy));
        yield return new("known_task_forgetting", Forgetting(_knownTask));
        yield return new("newest_share", _newest.Skip(1).Average());
        yield return new("drift", Drift());
        foreach ((string name, double[] values) in _corrections.OrderBy(c => c.Key, StringComparer.Ordinal))
        {
            yield return new(name, values.Skip(1).Average());
            yield return new($"largest_{name}", values.Skip(1).Max());
        }
    }

    /// <summary>The network with its whole head, rows in the data's order.</summary>
    public Module Finish()
    {
        _head.Restore(_order);
        return _student.Model;
    }

    public IEnumerable<KeyValuePair<string, Tensor>> State()
    {
        foreach ((string name, Tensor value) in _student.Model.StateDict())
            yield return new(ModelPrefix + name, value);
        foreach ((string name, Tensor value) in _parts)
            yield return new(PartsPrefix + name, value);
        foreach ((string name, Tensor value) in _first)
            yield return new(FirstPrefix + name, value);
        foreach ((string name, double[] values) in _corrections)
            yield return new(CorrectionPrefix + name, Tensor.From(values));
        yield return new(MemoryName, Tensor.From(_memory.Select(place => (long)place).ToArray()));
        yield return new(AccuracyName, Tensor.From([.. _accuracy.Cast<double>()]));
        yield return new(KnownName, Tensor.From([.. _knownTask.Cast<double>()]));
        yield return new(NewestName, Tensor.From(_newest));
    }

    public void Load(IReadOnlyDictionary<string, Tensor> state)
    {
        Dictionary<string, Tensor> model = Under(state, ModelPrefix);
        _head.Grow(model[GrowingHead.WeightNameIn(_student.Model)].Size(0));
        _student.Model.LoadStateDict(model);
        Keep(ref _parts, Under(state, PartsPrefix));
        Keep(ref _first, Under(state, FirstPrefix));
        _corrections.Clear();
        foreach ((string name, Tensor values) in Under(state, CorrectionPrefix))
            _corrections[name] = values.ToArray<double>();
        _memory.Clear();
        _memory.AddRange(state[MemoryName].ToArray<long>().Select(place => checked((int)place)));
        if (_memory.Any(place => place < 0 || place >= _train.Count))
            throw new InvalidDataException("its memory does not fit the stage's samples");
        Fill(_accuracy, state[AccuracyName]);
        Fill(_knownTask, state[KnownName]);
        state[NewestName].CopyTo<double>(_newest);
    }

    public void Dispose()
    {
        Keep(ref _parts, new Dictionary<string, Tensor>());
        Keep(ref _first, new Dictionary<string, Tensor>());
        _student.Model.Dispose();
    }

    private static void Fill(double[,] target, Tensor values)
    {
        double[] flat = values.ToArray<double>();
        if (flat.Length != target.Length)
            throw new InvalidDataException("it does not fit the stage's tasks");
        System.Buffer.BlockCopy(flat, 0, target, 0, flat.Length * sizeof(double));
    }

    private static IEnumerable<int> PlacesOf(Dataset data, int from, int to) =>
        Enumerable.Range(0, data.Count).Where(place => data.Labels[place] >= from && data.Labels[place] < to);

    private static Dictionary<string, Tensor> Under(IReadOnlyDictionary<string, Tensor> state, string prefix) => state
        .Where(s => s.Key.StartsWith(prefix, StringComparison.Ordinal))
        .ToDictionary(s => s.Key[prefix.Length..], s => s.Value);

    // Labels become places in the order in which classes come.
    private Dataset InOrder(Dataset data)
    {
        if (data.ClassNames.Count != _order.Length)
        {
            throw new RunException(
                $"stage '{_context.Stage}': the head has {_order.Length} rows, and the data {data.ClassNames.Count} classes.",
                isInputWrong: true);
        }

        var rank = new long[_order.Length];
        for (int k = 0; k < _order.Length; k++)
            rank[_order[k]] = k;
        return data.Labelled([.. data.Labels.Select(label => label < 0 ? label : rank[label])], _classes);
    }

    private Dataset Seen(Dataset data, int seen) => data.Labelled(data.Labels, _classes[..seen]);

    private Role Before(int old)
    {
        Role before = _context.NewRole(_options.Role);
        new GrowingHead(before.Model).Grow(old);
        before.Model.LoadStateDict(_student.Model.StateDict());
        before.Model.Eval();
        return before;
    }

    private IEnumerable<KeyValuePair<string, Parameter>> BelowHead()
    {
        HashSet<Parameter> outside = [.. _head.Current.Parameters()];
        return _student.Model.NamedParameters().Where(p => !outside.Contains(p.Value));
    }

    private double Drift()
    {
        using var scope = new TensorScope();
        return Math.Sqrt(BelowHead().Sum(p => (p.Value.Value.Detach() - _first[p.Key]).Square().Sum().ToDouble()));
    }

    private void Remember(int old, int seen)
    {
        if (_options.Memory is not { PerClass: > 0 } memory)
            return;
        for (int label = old; label < seen; label++)
        {
            int[] places = [.. PlacesOf(_train, label, label + 1)];
            if (places.Length == 0)
                continue;
            using var scope = new TensorScope();
            Tensor features = ModelFeatures.Of(_student, _context.Data.Evaluation(_train.Subset(places)), _context.Device);
            var stream = RandomStream.Derive(_context.SeedOf($"memory/{_context.Stage}"), (ulong)label);
            _memory.AddRange(memory.Choose(features, stream).Select(k => places[k]));
        }
    }

    private List<KeyValuePair<string, double>> Measure(int task, int seen)
    {
        Dataset data = _measured.Subset([.. PlacesOf(_measured, 0, seen)]);
        Predictions found = Predictor.Predict(_student.Model, _context.Data.Evaluation(data), _context.Device);
        var right = new int[task + 1];
        var rightWithin = new int[task + 1];
        var count = new int[task + 1];
        int newest = 0;
        for (int row = 0; row < found.Labels.Length; row++)
        {
            ReadOnlySpan<float> logits = found.Logits.AsSpan(row * found.Classes, found.Classes);
            int best = Best(logits, 0, logits.Length);
            int of = Array.FindIndex(_bounds, bound => bound > found.Labels[row]) - 1;
            count[of]++;
            right[of] += best == found.Labels[row] ? 1 : 0;
            rightWithin[of] += Best(logits, _bounds[of], _bounds[of + 1]) == found.Labels[row] ? 1 : 0;
            newest += best >= _bounds[task] ? 1 : 0;
        }

        for (int t = 0; t <= task; t++)
        {
            _accuracy[task, t] = right[t] / (double)Math.Max(1, count[t]);
            _knownTask[task, t] = rightWithin[t] / (double)Math.Max(1, count[t]);
        }

        _newest[task] = newest / (double)Math.Max(1, found.Labels.Length);
        return
        [
            new("accuracy", right.Sum() / (double)Math.Max(1, count.Sum())),
            new("newest_share", _newest[task]),
            .. _corrections.Select(c => new KeyValuePair<string, double>(c.Key, c.Value[task])),
        ];
    }

    private static int Best(ReadOnlySpan<float> logits, int from, int to)
    {
        int best = from;
        for (int k = from + 1; k < to; k++)
            best = logits[k] > logits[best] ? k : best;
        return best;
    }

    // Out of the step's scope, and in place of what was kept before.
    private static void Keep(ref Dictionary<string, Tensor> target, IReadOnlyDictionary<string, Tensor> values)
    {
        foreach (Tensor before in target.Values)
            before.Dispose();
        target = values.ToDictionary(v => v.Key, v => v.Value.Persist());
    }
}
