using System.Globalization;
using System.Text.Json;
using Retort.Reports;
using Retort.Runs;

namespace Retort.Comparison;

/// <summary>Searches for each method's settings on validation data, with the same budget for each, the baseline
/// included.</summary>
/// <remarks>
/// Trials train on the training split without its validation part, and are judged by their accuracy on that part (or by what else
/// the data's task measures first). No stage of a
/// search evaluates on, or so much as opens, another split. Every trial is a stage of one run, so a search that was killed goes
/// on
/// where it stopped when it is called again.
/// </remarks>
public static class MethodTuning
{
    private const string Split = "validation";

    /// <summary>Runs a search, and writes <c>tuned.json</c> and, while it runs, <c>trials.jsonl</c>.</summary>
    /// <param name="document">The recipe as written.</param>
    /// <param name="options">Which methods, and how.</param>
    /// <param name="cancellation">Stops between steps, after the state was saved.</param>
    /// <exception cref="RecipeException">The recipe is wrong.</exception>
    /// <exception cref="RunException">The recipe holds no validation data out, or a method cannot run on it.</exception>
    /// <exception cref="OperationCanceledException">It was stopped; the same call goes on.</exception>
    public static TunedSettings Run(RecipeDocument document, TuningOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(document);
        ArgumentNullException.ThrowIfNull(options);
        if (options.Budget < 1)
            throw new RunException(
                $"--budget is {options.Budget}; a search needs at least one training for each method.", isInputWrong: true);
        ComparisonPlan plan = ComparisonPlan.Of(document, options.Stage, options.Registry);
        if (plan.Data.Validation == 0)
        {
            throw new RunException(
                "settings are chosen on validation data, and the recipe holds none out; `--set data.validation=0.1`, or "
                + "`validation: 0.1` under `data:`, keeps a tenth of the training data for it.", isInputWrong: true);
        }

        MethodChoice[] methods = Named(plan, options.Methods.Count > 0
            ? options.Methods
            : [.. plan.OwnMethods.Select(slug => new MethodChoice { Name = slug, Slug = slug })]);
        IReadOnlyList<LeagueAbsence> absent = MethodProbe.Run(plan, methods, cancellation);
        foreach (LeagueAbsence absence in absent)
            options.Say?.Invoke($"{absence.Name} cannot run on this recipe: {absence.Reason}");
        methods = [.. methods.Where(m => absent.All(a => a.Name != m.Name))];
        var folder = new ComparisonFolder(options.Out ?? Path.Combine("runs", "tune-" + plan.Recipe.Name), plan.Resolved);
        File.Delete(folder.In("trials.jsonl"));
        var search = new Search(plan, folder, options, options.Seeds ?? [plan.Recipe.Seeds[0]], cancellation);
        var found = new List<TunedMethod>();
        foreach (MethodChoice choice in methods.Prepend(new MethodChoice { Name = plan.Baseline, Slug = MethodChoice.TaskSlug }))
            found.Add(search.Tune(choice));

        var tuned = new TunedSettings
        {
            Recipe = plan.Recipe.Name,
            Strategy = Names.Kebab(options.Strategy.ToString()),
            Budget = options.Budget,
            Seed = options.Seed,
            TrainingSeeds = search.Seeds,
            Split = Split,
            Metric = search.Metric,
            Samples = SamplesOf(plan),
            Methods = found,
        };
        tuned.Write(folder.In("tuned.json"));
        return tuned;
    }

    private static MethodChoice[] Named(ComparisonPlan plan, IReadOnlyList<MethodChoice> methods)
    {
        var taken = new List<string>(plan.Taken);
        return [.. methods.Select(m =>
        {
            string name = MethodChoice.FreeName(m.Name, taken);
            taken.Add(name);
            return m with { Name = name };
        })];
    }

    private static int SamplesOf(ComparisonPlan plan)
    {
        using var data = new DataProvider(plan.Data);
        return data.Split(Split).Count;
    }

    /// <summary>One search with all that its methods share.</summary>
    private sealed class Search(
        ComparisonPlan plan, ComparisonFolder folder, TuningOptions options, Seeds seeds, CancellationToken cancellation)
    {
        // Evaluated once, when training ends, on the split that decides.
        private static readonly (string Path, string Yaml)[] Judged =
            [("evaluate_every", "1000000000"), ("evaluate_split", Split)];

        /// <summary>The figure that decides: the first that the data's task has.</summary>
        public string Metric { get; private set; } = "accuracy";

        public IReadOnlyList<long> Seeds { get; } = [.. seeds.Select(s => unchecked((long)s))];

        public TunedMethod Tune(MethodChoice choice)
        {
            SearchSpace space = SearchSpace.Of(choice, plan.Registry, plan.LearningRateOf(choice));
            IReadOnlyList<SearchRung> rungs = SearchRung.Of(options.Strategy, options.Budget);
            var trials = new List<TuningTrial>();
            int[] numbers = [.. Enumerable.Range(0, rungs[0].Trials)];
            for (int k = 0; k < rungs.Count; k++)
            {
                TuningTrial[] round = Round(choice, space, numbers.Take(rungs[k].Trials), k, rungs[k].Share);
                trials.AddRange(round);

                // Of equal figures the earlier proposal wins: the defaults before all others.
                numbers = [.. Best(round).Select(t => t.Trial)];
                if (numbers.Length == 0)
                    break;
            }

            TuningTrial[] last = [.. trials.Where(t => t.Rung == rungs.Count - 1)];
            TuningTrial? best = Best(last).FirstOrDefault();
            return new TunedMethod
            {
                Name = choice.Name,
                Slug = choice.Slug,
                Written = choice.Written,
                Settings = best?.Settings ?? choice.Found,
                LearningRate = best?.LearningRate,
                Score = best?.Score,
                DefaultScore = last.FirstOrDefault(t => t.Trial == 0)?.Score,
                Trials = trials,
            };
        }

        private IEnumerable<TuningTrial> Best(IEnumerable<TuningTrial> trials) => trials.Where(t => t.Score is not null)
            .OrderByDescending(t => MetricInfo.Of(Metric).IsHigherBetter ? t.Score : -t.Score).ThenBy(t => t.Trial);

        private TuningTrial[] Round(MethodChoice choice, SearchSpace space, IEnumerable<int> numbers, int rung, double share)
        {
            double epochs = plan.EpochsOf(choice) * share;
            (string, string)[] changes = [.. Judged, ("epochs", epochs.ToString("R", CultureInfo.InvariantCulture))];
            var rows = numbers.Select(n =>
            {
                MethodChoice proposed = space.Propose(n, options.Seed);
                string name = string.Create(CultureInfo.InvariantCulture, $"{choice.Name}-r{rung}-t{n}");
                return (Number: n, Choice: proposed with { Name = name });
            }).ToArray();
            var told = new Dictionary<string, TuningTrial>();
            var ended = new HashSet<(string Stage, long Seed)>();
            IReadOnlyDictionary<string, string> failed = StageBatch.Run(
                [.. rows.Select(r => r.Choice.Name)],
                left => Write(choice, [.. rows.Select(r => r.Choice).Where(c => left.Contains(c.Name))], changes),
                folder.Run, seeds, options.Registry, () => new StageWatch(ended: Tell), cancellation);
            foreach ((string name, string reason) in failed)
            {
                var row = Array.Find(rows, r => r.Choice.Name == name);
                Journal(name, Trial(row.Number, row.Choice) with { Failure = reason });
            }

            return [.. rows.Select(r => told[r.Choice.Name])];

            TuningTrial Trial(int number, MethodChoice proposed) => new()
            {
                Method = choice.Name,
                Trial = number,
                Rung = rung,
                Epochs = epochs,
                Settings = proposed.Found,
                LearningRate = proposed.LearningRate,
            };

            // A trial counts once all of its seeds are done, and once only: a second attempt finds it done again.
            void Tell(string stage, long seed)
            {
                var row = Array.Find(rows, r => r.Choice?.Name == stage);
                ended.Add((stage, seed));
                if (row.Choice is null || told.ContainsKey(stage) || !Seeds.All(s => ended.Contains((stage, s))))
                    return;
                StageRecord[] records = [.. Seeds.Select(s => folder.Record(stage, s)).OfType<StageRecord>()];
                string first = records[0].Figures.Keys.First(k => k.StartsWith(Split + "/", StringComparison.Ordinal));
                Metric = first[(Split.Length + 1)..];
                Journal(stage, Trial(row.Number, row.Choice) with
                {
                    Score = records.Average(r => r.Figures[$"{Split}/{Metric}"]),
                    Seconds = records.Sum(r => r.WallSeconds),
                });
            }

            void Journal(string stage, TuningTrial trial)
            {
                told[stage] = trial;
                File.AppendAllText(
                    folder.In("trials.jsonl"), JsonSerializer.Serialize(trial, JournalJson.Default.TuningTrial) + "\n");
                string settings = Array.Find(rows, r => r.Choice.Name == stage).Choice.Settings;
                string figure = trial.Score is { } score
                    ? string.Create(CultureInfo.InvariantCulture, $"{Split} {Metric} {score:F4}")
                    : $"failed: {trial.Failure}";
                options.Say?.Invoke($"{trial.Method} trial {trial.Trial}{(rung > 0 ? $", round {rung}" : "")} "
                    + $"({(settings.Length > 0 ? settings : "as it is")}): {figure}");
            }
        }

        private string Write(
            MethodChoice choice, IReadOnlyList<MethodChoice> rows, IReadOnlyList<(string Path, string Yaml)> changes) =>
            choice.Name == plan.Baseline
                ? plan.BaselineRecipe(rows.Select(r => (r, changes)))
                : plan.MethodRecipe(rows.Select(r => (r, changes)));
    }
}
