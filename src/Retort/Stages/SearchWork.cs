using System.Text;
using System.Text.Json.Nodes;
using Retort.Data;
using Retort.Distillation;
using Retort.Evaluation;
using Retort.Export;
using Retort.Models;
using Retort.Reports;
using Retort.Runs;
using Retort.Runs.Checks;
using Retort.Search;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Stages;

/// <summary>What a search stage carries from candidate to candidate: what was scored, and what training said of it.</summary>
internal sealed class SearchWork : IDisposable
{
    private const string Numbers = "numbers", Scores = "scores", ControlPrefix = "control.";
    private const string Measured = "measured", MetricName = "metric";

    private readonly StageContext _context;
    private readonly SearchStageOptions _options;
    private readonly ArchitectureSpace _space;
    private readonly Batch _batch;
    private readonly Dictionary<long, (long Parameters, long? Macs)> _costs = [];
    private readonly List<(long Number, double Score)> _scored = [];
    private readonly List<double>[] _controls;
    private readonly List<double> _measured = [];
    private readonly Dataset? _train;
    private readonly Role[] _teachers;
    private readonly Dictionary<string, RememberedTeacher> _remembered = [];
    private readonly string[] _controlNames;
    private string _metric = string.Empty;

    public SearchWork(StageContext context, SearchStageOptions options)
    {
        (_context, _options) = (context, options);
        RoleOptions role = context.WrittenRole(options.Role);
        _space = ArchitectureSpace.Read(role.Model, options.Space, (_, message, _) =>
            throw new RunException($"stage '{context.Stage}': {message}.", isInputWrong: true))!;
        _batch = context.Data.Training(context.SeedOf("data"), batchSize: options.BatchSize).Epoch(0).First().To(context.Device);
        _controls = [.. options.Controls.Select(_ => new List<double>())];
        _controlNames = [.. options.Controls.Select(c => context.Registry.ComponentOf(c).Slug)];
        Evaluations = options.Strategy.EvaluationsOf(_space.Size);
        _teachers = [.. (options.Verify?.Teachers ?? []).Select(context.Trained)];
        if (options.Verify is not { } verify)
            return;
        Verifications = Math.Min(verify.Top ?? Evaluations, Evaluations);
        _train = context.Data.Training(context.SeedOf("data"), verify.TrainSamples).Data;
    }

    /// <summary>How many candidates are scored at most.</summary>
    public int Evaluations { get; }

    /// <summary>How many are trained at most.</summary>
    public int Verifications { get; }

    /// <summary>Candidates from the best score to the worst; of equal scores the first stays first.</summary>
    private int[] Ranking => [.. Enumerable.Range(0, _scored.Count).OrderByDescending(k => _scored[k].Score)];

    /// <summary>Scores the next candidate, or trains one of those that were scored.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> Step(long step) =>
        step < Evaluations ? Score(step) : Verify((int)(step - Evaluations));

    /// <summary>Writes what was found: the architecture and the ranking.</summary>
    public void Finish()
    {
        int[] ranking = Ranking;
        if (ranking.Length == 0)
        {
            throw new RunException(
                $"stage '{_context.Stage}': no architecture of the space is within the budget.", isInputWrong: true);
        }

        int best = ranking[0];
        Note("candidates", ranking.Length);
        Note("score", _scored[best].Score);
        Note("parameters", CostOf(_scored[best].Number).Parameters);
        if (_options.Verify is { } verify)
        {
            foreach ((string name, double value) in Verified())
                Note($"{_context.Stage}/{verify.Split}/{name}", value);
        }

        var lines = new JsonArray();
        for (int place = 0; place < ranking.Length; place++)
            lines.Add(Describe(ranking[place], place));
        AtomicFile.Write(_context.In(SearchStage.RankingFile), lines.ToJsonString(ModelOptionsJson.Format) + "\n");
        string slug = _context.Registry.ComponentOf(_context.WrittenRole(_options.Role).Model).Slug;
        FoundArchitecture.Write(_context.In(FoundArchitecture.FileName), slug, ModelOf(_scored[best].Number));
    }

    public IEnumerable<KeyValuePair<string, Tensor>> State()
    {
        yield return new(Numbers, Tensor.From(_scored.Select(s => s.Number).ToArray()));
        yield return new(Scores, Tensor.From(_scored.Select(s => s.Score).ToArray()));
        yield return new(Measured, Tensor.From(_measured.ToArray()));
        yield return new(MetricName, Tensor.From(Encoding.UTF8.GetBytes(_metric)));
        for (int k = 0; k < _controls.Length; k++)
            yield return new(FormattableString.Invariant($"{ControlPrefix}{k}"), Tensor.From(_controls[k].ToArray()));
    }

    public void Load(IReadOnlyDictionary<string, Tensor> state)
    {
        long[] numbers = state[Numbers].ToArray<long>();
        double[] scores = state[Scores].ToArray<double>();
        if (numbers.Length != scores.Length || numbers.Length > Evaluations || numbers.Any(n => n < 0 || n >= _space.Size))
            throw new InvalidDataException("it does not fit the stage's space");
        _scored.Clear();
        _scored.AddRange(numbers.Zip(scores));
        Fill(_measured, state[Measured]);
        _metric = Encoding.UTF8.GetString(state[MetricName].ToArray<byte>());
        for (int k = 0; k < _controls.Length; k++)
            Fill(_controls[k], state[FormattableString.Invariant($"{ControlPrefix}{k}")]);
    }

    public void Dispose()
    {
        foreach (RememberedTeacher teacher in _remembered.Values)
            teacher.Dispose();
        foreach (Role teacher in _teachers)
            teacher.Model.Dispose();
    }

    private static void Fill(List<double> target, Tensor values)
    {
        target.Clear();
        target.AddRange(values.ToArray<double>());
    }

    private void Note(string name, double value) => _context.Figures[name] = value;

    private KeyValuePair<string, double>[] Score(long step)
    {
        var history = new SearchHistory(_space.Sizes, _scored, IsAllowed);
        ulong seed = _context.SeedOf($"search/{_context.Stage}");
        if (_options.Strategy.Propose(history, RandomStream.Derive(seed, (ulong)step)) is not { } number)
            return [];
        var trial = new ArchitectureTrial(_context, _context.Stage)
        {
            Model = ModelOf(number),
            Number = number,
            Parameters = CostOf(number).Parameters,
            Batch = _batch,
        };
        double score = ScoreOf(trial, _options.Score);
        double[] controls = [.. _options.Controls.Select(c => ScoreOf(trial, c))];
        _scored.Add((number, score));
        for (int k = 0; k < controls.Length; k++)
            _controls[k].Add(controls[k]);
        return [new("score", score), new("best", _scored.Max(s => s.Score)), .. _controlNames.Zip(controls, KeyValuePair.Create)];
    }

    private double ScoreOf(ArchitectureTrial trial, ArchitectureScoreOptions options)
    {
        try
        {
            double score = options.Of(trial);
            return double.IsFinite(score)
                ? score
                : throw new ArgumentException(FormattableString.Invariant($"its score is {score}."));
        }
        catch (ArgumentException e)
        {
            string which = _space.Describe(ChoiceOf(trial.Number)).ToJsonString();
            throw new RunException($"stage '{_context.Stage}', candidate {which}: {e.Message}", isInputWrong: true, e);
        }
    }

    private KeyValuePair<string, double>[] Verify(int place)
    {
        if (place >= _scored.Count)
            return [];
        VerificationOptions verify = _options.Verify!;
        Engine.ManualSeed(_context.SeedOf($"weights/{_options.Role}"));
        using Module model = _context.DrawNetwork(ModelOf(_scored[Ranking[place]].Number), _options.Role);
        new InnerTraining
        {
            Plan = verify.Training,
            Student = new Role(_options.Role, model),
            Teachers = _teachers,
            Data = _train!,
            Purpose = "verification",
            Ask = Ask,
        }.Run(_context);
        (_metric, double value) = _context.Task.Evaluate(model, _context.Data.Evaluation(verify.Split), _context.Device)[0];
        _measured.Add(value);
        return [new(_metric, value)];
    }

    // All candidates see the same samples, so that a teacher whose answers can be kept is asked once for all.
    private ITeacher Ask(Role teacher, IReadOnlyList<TapPath> taps)
    {
        bool asksMore = _options.Verify!.Training.Criteria.Any(c =>
        {
            using var criterion = _context.Registry.Create<Criterion>(c);
            return criterion.Inputs.Any();
        });
        if (taps.Count > 0 || asksMore || !_context.Data.RemembersTeachers)
            return new FrozenTeacher(teacher, taps);
        if (!_remembered.TryGetValue(teacher.Name, out RememberedTeacher? known))
        {
            known = RememberedTeacher.Of(teacher, _train!, _context.Data.Preparation, _context.Device);
            _remembered[teacher.Name] = known;
        }
        return new Shared(known);
    }

    // How the figures of those that were trained go with their scores.
    private IEnumerable<KeyValuePair<string, double>> Verified()
    {
        int[] trained = Ranking[.._measured.Count];
        bool isHigherBetter = MetricInfo.Of(_metric).IsHigherBetter;
        double[] found = [.. _measured];
        double[] better = isHigherBetter ? found : Array.ConvertAll(found, f => -f);
        yield return new(_metric, found[0]);
        yield return new($"median_{_metric}", MeanAndSpread.Median(found));
        yield return new($"best_{_metric}", isHigherBetter ? found.Max() : found.Min());
        if (found.Length < 2)
            yield break;
        yield return new("tau", Tau([.. trained.Select(k => _scored[k].Score)], better));
        for (int c = 0; c < _controls.Length; c++)
            yield return new($"{_controlNames[c]}_tau", Tau([.. trained.Select(k => _controls[c][k])], better));
    }

    // A score, or training, that tells nothing apart says nothing about the order.
    private static double Tau(double[] scores, double[] found) =>
        RankCorrelation.Kendall(scores, found) is var tau && double.IsNaN(tau) ? 0 : tau;

    private JsonObject Describe(int candidate, int place)
    {
        (long number, double score) = _scored[candidate];
        (long parameters, long? macs) = CostOf(number);
        var line = new JsonObject
        {
            ["options"] = _space.Describe(ChoiceOf(number)),
            ["score"] = score,
            ["parameters"] = parameters,
        };
        if (macs is not null)
            line["macs"] = macs;
        for (int k = 0; k < _controls.Length; k++)
            line[$"{_controlNames[k]}_score"] = _controls[k][candidate];
        if (place < _measured.Count)
            line[_metric] = _measured[place];
        return line;
    }

    private int[] ChoiceOf(long number) => _space.ChoiceOf(number);

    private ModelOptions ModelOf(long number) => _space.Of(ChoiceOf(number));

    private bool IsAllowed(long number)
    {
        (long parameters, long? macs) = CostOf(number);
        return !(parameters > _options.Budget.Parameters || macs > _options.Budget.Macs);
    }

    private (long Parameters, long? Macs) CostOf(long number)
    {
        if (_costs.TryGetValue(number, out (long, long?) known))
            return known;
        ModelOptions model = ModelOf(number);
        try
        {
            var parameters = (long)NetworkSize.Of(model).Parameters;
            long? macs = null;
            if (_options.Budget.Macs is not null && !(parameters > _options.Budget.Parameters))
            {
                using Module network = _context.DrawNetwork(model, _options.Role);
                macs = ModelProfile.CountMacs(network, _batch.Input);
            }

            return _costs[number] = (parameters, macs);
        }
        catch (ArgumentException e)
        {
            string which = _space.Describe(ChoiceOf(number)).ToJsonString();
            throw new RunException(
                $"stage '{_context.Stage}': candidate {which} cannot be built: {e.Message}", isInputWrong: true, e);
        }
    }

    /// <summary>A teacher that outlives the training that is done with it.</summary>
    private sealed class Shared(RememberedTeacher teacher) : ITeacher
    {
        public string Name => teacher.Name;

        public RoleSignals Run(Batch batch) => teacher.Run(batch);

        public void Dispose()
        {
            // The search itself frees it.
        }
    }
}
