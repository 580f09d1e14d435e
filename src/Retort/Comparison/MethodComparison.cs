using Retort.Reports;
using Retort.Runs;

namespace Retort.Comparison;

/// <summary>Puts methods into the place of a recipe's distillation terms, one after another, and ranks what comes out.</summary>
/// <remarks>
/// <para>The recipe's teachers and its student trained alone are trained once for each seed and shared. Every method starts from
/// the
/// same weights, sees the same samples in the same order, and has the same schedule: only its terms differ.</para>
/// <para>What a method cannot do on the recipe is found before anything is trained; what fails later leaves the others alone. The
/// same
/// call into the same folder repeats nothing that is done.</para>
/// </remarks>
public static class MethodComparison
{
    private const string DefaultReference = "kd";

    /// <summary>Runs a comparison, and writes <c>league.html</c>, <c>league.csv</c> and <c>league.json</c>.</summary>
    /// <param name="document">The recipe as written.</param>
    /// <param name="options">Which methods, and how.</param>
    /// <param name="cancellation">Stops between steps, after the state was saved.</param>
    /// <exception cref="RecipeException">The recipe is wrong.</exception>
    /// <exception cref="RunException">The comparison cannot be made or, with Strict, a method cannot run.</exception>
    /// <exception cref="OperationCanceledException">It was stopped; the same call goes on.</exception>
    public static LeagueReport Run(RecipeDocument document, ComparisonOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(document);
        ArgumentNullException.ThrowIfNull(options);
        ComparisonPlan plan = ComparisonPlan.Of(document, options.Stage, options.Registry);
        MethodChoice baseline = Settled(plan, new MethodChoice { Name = plan.Baseline, Slug = MethodChoice.TaskSlug }, options);
        MethodChoice[] methods = [.. Named(plan, options).Select(m => Settled(plan, m, options))];
        Warn(plan, options, methods);
        List<LeagueAbsence> absent = [.. MethodProbe.Run(plan, methods, cancellation)];
        foreach (LeagueAbsence absence in absent)
            options.Say?.Invoke($"{absence.Name} cannot run on this recipe: {absence.Reason}");
        if (options.Strict && absent.Count > 0)
            throw new RunException(
                $"{absent.Count} of {methods.Length} methods cannot run on this recipe; nothing was run (--strict).",
                isInputWrong: true);
        methods = [.. methods.Where(m => absent.TrueForAll(a => a.Name != m.Name))];
        if (methods.Length == 0)
            throw new RunException("none of the methods can run on this recipe; nothing was run.", isInputWrong: true);

        var folder = new ComparisonFolder(options.Out ?? Path.Combine("runs", "compare-" + plan.Recipe.Name), plan.Resolved);
        Seeds seeds = options.Seeds ?? plan.Recipe.Seeds;
        absent.AddRange(Train(plan, folder, baseline, methods, options with { Seeds = seeds }, cancellation));
        if (options.Strict && absent.Count > 0)
            throw new RunException($"'{absent[0].Name}' failed: {absent[0].Reason} (--strict).");
        methods = [.. methods.Where(m => absent.TrueForAll(a => a.Name != m.Name))];

        options.Say?.Invoke($"evaluating on the {plan.Split} split");
        string league = plan.LeagueRecipe(baseline, methods);
        folder.WriteRecipe("league", league);
        RunSummary summary = Runner.Run(
            RecipeDocument.Parse(league),
            new RunOptions { Out = folder.Run, Seeds = seeds, CommandLine = options.CommandLine, Registry = options.Registry },
            new StageWatch(), cancellation);
        LeagueReport report = Report(plan, folder, summary, [baseline, .. methods], absent, options);
        LeaguePage.Write(folder.In("league.html"), report);
        report.Table.WriteCsv(folder.In("league.csv"));
        LeagueFile.Write(folder.In("league.json"), report);
        return report;
    }

    private static IEnumerable<MethodChoice> Named(ComparisonPlan plan, ComparisonOptions options)
    {
        List<MethodChoice> methods = [.. options.Methods];
        if (options.Reference is { } reference && !methods.Exists(m => m.Name == reference))
        {
            if (reference != DefaultReference)
            {
                string hint = Spelling.Nearest(reference, methods.Select(m => m.Name)) is { } near ? $"; nearest: {near}" : "";
                throw new RunException(
                    $"--reference names '{reference}', which is none of the methods{hint}.", isInputWrong: true);
            }

            methods.Insert(0, new MethodChoice { Name = reference, Slug = reference });
        }

        var taken = new List<string>(plan.Taken);
        foreach (MethodChoice method in methods)
        {
            string name = MethodChoice.FreeName(method.Name, taken);
            taken.Add(name);
            yield return method with { Name = name };
        }
    }

    // What the user wrote stands; then what a search found for the method; then an automatic weight, if that was asked for.
    private static MethodChoice Settled(ComparisonPlan plan, MethodChoice choice, ComparisonOptions options)
    {
        TunedMethod? tuned = options.Tuned?.Methods.FirstOrDefault(m => m.Slug == choice.Slug && m.Name == choice.Name)
            ?? options.Tuned?.Methods.FirstOrDefault(m => m.Slug == choice.Slug);
        if (tuned is not null)
            return tuned.Apply(choice);
        bool isAutomatic = options.AutoWeight && choice.Slug != MethodChoice.TaskSlug && !choice.Sets("weight")
            && !plan.SettlesWeight(choice.Slug);
        return isAutomatic ? choice with { Found = new Dictionary<string, string> { ["weight"] = "auto" } } : choice;
    }

    private static void Warn(ComparisonPlan plan, ComparisonOptions options, MethodChoice[] methods)
    {
        IReadOnlyList<string> keys = plan.UnfairKeys();
        if (keys.Count > 0)
        {
            options.Say?.Invoke($"warning: '{plan.Baseline}' and '{plan.Distilled.Name}' differ in {string.Join(", ", keys)}; "
                + "the comparison with the baseline is not of terms alone.");
        }

        if (options.Tuned is not { } tuned)
            return;
        if (tuned.Recipe != plan.Recipe.Name)
            options.Say?.Invoke($"warning: the settings were found on the recipe '{tuned.Recipe}', not on '{plan.Recipe.Name}'.");
        string[] missing = [.. methods.Where(m => tuned.Methods.All(t => t.Slug != m.Slug)).Select(m => m.Name)];
        if (missing.Length > 0)
            options.Say?.Invoke(
                $"warning: no settings were found for {string.Join(", ", missing)}; they run with their defaults.");
    }

    private static List<LeagueAbsence> Train(
        ComparisonPlan plan, ComparisonFolder folder, MethodChoice baseline, MethodChoice[] methods, ComparisonOptions options,
        CancellationToken cancellation)
    {
        if (plan.HasShared)
        {
            options.Say?.Invoke("what the students share");
            if (One("shared", plan.SharedRecipe([])) is { } shared)
                throw new RunException($"the teacher's training failed: {shared}");
        }

        options.Say?.Invoke($"[1/{methods.Length + 1}] {baseline.Name}");
        if (One(baseline.Name, plan.BaselineRecipe([(baseline, [])])) is { } alone)
            throw new RunException($"the training of '{baseline.Name}' failed: {alone}");
        Measure(baseline.Name);
        var failed = new List<LeagueAbsence>();
        for (int k = 0; k < methods.Length; k++)
        {
            options.Say?.Invoke($"[{k + 2}/{methods.Length + 1}] {methods[k].Name}"
                + (methods[k].Settings.Length > 0 ? $" ({methods[k].Settings})" : ""));
            if (One(methods[k].Name, plan.MethodRecipe([(methods[k], [])])) is { } reason)
            {
                failed.Add(new LeagueAbsence(methods[k].Name, reason, HasRun: true));
                options.Say?.Invoke($"  failed: {reason}");
                continue;
            }

            Measure(methods[k].Name);
        }

        return failed;

        string? One(string name, string recipe)
        {
            cancellation.ThrowIfCancellationRequested();
            string path = folder.WriteRecipe(name, recipe);
            if (options.Program is { } program)
                return ChildRun.Run(
                    [.. program, "run", path, "--out", folder.Run, "--seeds", options.Seeds!.ToString(), "--resume",
                        .. options.ProgramOptions],
                    options.Say, cancellation);
            IReadOnlyDictionary<string, string> found = StageBatch.Run(
                [name], _ => recipe, folder.Run, options.Seeds!, options.Registry, () => new StageWatch(options.Say),
                cancellation);
            return found.GetValueOrDefault(name);
        }

        void Measure(string name)
        {
            if (options.Program is not null)
                folder.KeepPeak(name, [.. options.Seeds!.Select(s => unchecked((long)s))], ChildRun.PeakBytes(folder.Run));
        }
    }

    private static LeagueReport Report(
        ComparisonPlan plan, ComparisonFolder folder, RunSummary summary, IReadOnlyList<MethodChoice> rows,
        IReadOnlyList<LeagueAbsence> absent, ComparisonOptions options)
    {
        IReadOnlyDictionary<string, double> steps = folder.StepMilliseconds();
        LeagueTable table = LeagueTable.Build(
            [.. rows.Select(Entry)], plan.Metric, plan.Split, plan.Baseline, options.Reference ?? string.Empty);
        string teacher = plan.Distilled.Teachers[0];
        return new LeagueReport
        {
            Table = table,
            Title = plan.Recipe.Name,
            Description = plan.Recipe.Description ?? string.Empty,
            Teacher = summary.Find(teacher, plan.Split, plan.Metric) is { } known
                ? new LeagueEntry { Name = teacher, Seeds = summary.Seeds, Values = known.Values }
                : null,
            Absent = absent,
            Tuning = options.Tuned?.Describe() ?? string.Empty,
            RecipeYaml = plan.Resolved,
            Reproduce = options.CommandLine is { } line ? [line] : [],
            Environment = summary.Environment,
            FinishedAt = summary.FinishedAt,
            WallSeconds = summary.WallSeconds,
        };

        // Terms that the recipe wrote are settings too, though nobody chose them here.
        string Text(MethodChoice row) => !plan.Settles(row.Slug) ? row.Settings
            : row.Settings.Length == 0 ? "as the recipe has it" : $"as the recipe has it, but {row.Settings}";

        LeagueEntry Entry(MethodChoice row) => new()
        {
            Name = row.Name,
            Seeds = summary.Seeds,
            Values = summary.Find(row.Name, plan.Split, plan.Metric)!.Values,
            Settings = Text(row),
            WallSeconds = summary.Seeds.Sum(s => folder.Record(row.Name, s)?.WallSeconds ?? double.NaN),
            StepMilliseconds = steps.GetValueOrDefault(row.Name, double.NaN),
            PeakBytes = folder.PeakOf(row.Name, summary.Seeds),
        };
    }
}
