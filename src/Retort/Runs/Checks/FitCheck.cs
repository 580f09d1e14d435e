using System.Globalization;
using Retort.Data;
using Retort.Distillation;
using Retort.Export;
using Retort.Stages;
using Retort.Torch;
using Retort.Training;

namespace Retort.Runs.Checks;

/// <summary>Tries each term of each train stage on a few samples, so that a teacher and a student that do not fit each other
/// are refused before the first step, not after the teacher was trained.</summary>
internal static class FitCheck
{
    private const int Samples = 8;

    /// <summary>Reports terms that cannot be computed from the stage's student, teachers and data, and teachers whose labels lie
    /// in another order than the data's.</summary>
    public static void Run(RecipePlan plan, Binding<Recipe> binding, DataProviders data)
    {
        foreach (TrainStageOptions stage in plan.Stages.Select(s => s.Options).OfType<TrainStageOptions>())
        {
            RequireHeir(plan, binding, stage);

            // What an earlier stage makes is not there yet.
            if (stage.TrainOn is not null || data.For(stage.Data) is not { } provider)
                continue;
            RequireLabels(plan, binding, provider, stage);
            string[] learners = [stage.Role, .. stage.Peers];
            foreach (string learner in learners)
                Try(plan, binding, provider, stage, learner, [.. learners.Where(other => other != learner)]);
        }
    }

    private static void Try(
        RecipePlan plan, Binding<Recipe> binding, DataProvider data, TrainStageOptions stage, string learner, string[] peers)
    {
        Role? student = RoleOf(plan, learner, learner);
        Role?[] teachers = [.. stage.Teachers.Select(t => TeacherOf(plan, stage, t)), .. peers.Select(p => RoleOf(plan, p, p))];
        if (student is null || teachers.Contains(null))
            return;
        IReadOnlyList<CriterionOptions> terms = stage.TermsOf(learner);
        Criterion[] criteria = [.. terms.Select(c => plan.Registry.Create<Criterion>(c))];
        using var scope = new TensorScope();
        try
        {
            Dataset train = data.Split("train");
            InputRequest[] inputs = [.. criteria.SelectMany(c => c.Inputs).DistinctBy(i => i.Name)];
            Batch batch = data.Training(0, batchSize: Math.Min(Samples, train.Count)).Epoch(0).First();
            if (WithInputs(binding, stage, criteria, batch) is not { } whole)
                return;
            batch = whole;
            if (criteria.Any(c => c.NeedsInputGradient))
                batch = batch.With(batch.Input.Detach().SetRequiresGrad());
            RoleSignals? given = Answer(
                plan, binding, student, learner, Wanted(stage, criteria, TapRole.Student), batch, inputs.Where(i => i.Student));
            if (given is null)
                return;
            var answers = new List<RoleSignals>();
            foreach (Role? teacher in teachers)
            {
                using GradMode off = Autograd.NoGrad();
                string role = plan.RoleOf(stage, teacher!.Name);
                RoleSignals? answer = Answer(
                    plan, binding, teacher, role, Wanted(stage, criteria, TapRole.Teacher), batch,
                    inputs.Where(i => i.Teacher));
                if (answer is null)
                    return;
                answers.Add(answer);
            }

            using var auxiliaries = new AuxiliaryNetworks(stage.Auxiliaries, batch.Input.Device);
            var seen = new Signals(batch, new StepClock(0, 1, 1), given, answers);
            if (Extended(binding, stage, auxiliaries, seen) is not { } signals)
                return;
            var attachment = new Attachment
            {
                Student = student,
                Teachers = [.. teachers.OfType<Role>()],
                Data = train,
                Transforms = data.Normalization,
                IsTrial = true,
            };
            for (int k = 0; k < criteria.Length; k++)
            {
                if (Failure(criteria[k], attachment, signals) is { } failure)
                    Report(plan, binding, stage, k, criteria[k], learner, signals, failure);
            }
        }
        finally
        {
            foreach (Criterion criterion in criteria)
                criterion.Dispose();
        }
    }

    // A network that begins with a cut of another one's weights.
    private static void RequireHeir(RecipePlan plan, Binding<Recipe> binding, TrainStageOptions stage)
    {
        if (stage.Inherit is not { } inherit || stage.InitFrom is not { } start || plan.NetworkOf(stage.Role) is not { } own
            || plan.NetworkOf(plan.RoleOf(stage, start)) is not { } other)
            return;
        using var scope = new TensorScope();
        try
        {
            inherit.Cut(other.StateDict(), own.StateDict());
        }
        catch (ArgumentException e)
        {
            binding.Report(
                RecipeCodes.Contradiction, stage, nameof(stage.Inherit),
                $"role '{stage.Role}' cannot begin with '{start}': {FirstLine(e)}",
                "a network of the same architecture that is nowhere smaller");
        }
    }

    // A term may want what this data has not, such as captions or a class for each pixel.
    private static Batch? WithInputs(Binding<Recipe> binding, TrainStageOptions stage, Criterion[] criteria, Batch batch)
    {
        var made = new Dictionary<string, Tensor>();
        for (int k = 0; k < criteria.Length; k++)
        {
            try
            {
                foreach (InputRequest input in criteria[k].Inputs.Where(i => !made.ContainsKey(i.Name)))
                    made[input.Name] = input.Make(batch);
            }
            catch (Exception e) when (e is TorchException or ArgumentException or KeyNotFoundException)
            {
                binding.Report(
                    RecipeCodes.Contradiction, stage, nameof(stage.Criteria),
                    $"what the term feeds its roles cannot be made: {FirstLine(e)}",
                    "data that has what the term needs", k);
                return null;
            }
        }

        return batch.And(made);
    }

    private static RoleSignals? Answer(
        RecipePlan plan, Binding<Recipe> binding, Role who, string role, IEnumerable<TapPath> taps, Batch batch,
        IEnumerable<InputRequest> inputs)
    {
        who.Model.Eval();
        using var session = new TapSession(who, taps);
        try
        {
            return session.Run(batch.Input).With(inputs.ToDictionary(i => i.Name, i => session.Run(batch[i.Name])));
        }
        catch (Exception e) when (e is TorchException or ArgumentException or InvalidOperationException)
        {
            binding.Report(
                RecipeCodes.Contradiction, plan.Recipe!.Roles[role], null,
                $"'{who.Name}' ({SlugOf(plan, role)}) cannot take batches of {Text(batch.Input)}: {FirstLine(e)}",
                "a model whose channels and image size are the data's");
            return null;
        }
    }

    private static Signals? Extended(
        Binding<Recipe> binding, TrainStageOptions stage, AuxiliaryNetworks auxiliaries, Signals signals)
    {
        try
        {
            using (Autograd.NoGrad())
                auxiliaries.Prepare(signals);
            return auxiliaries.Extend(signals);
        }
        catch (Exception e) when (e is TorchException or ArgumentException)
        {
            binding.Report(
                RecipeCodes.Contradiction, stage, nameof(stage.Auxiliaries), FirstLine(e), "layers that fit what is tapped");
            return null;
        }
    }

    private static string? Failure(Criterion criterion, Attachment attachment, Signals signals)
    {
        try
        {
            using (Autograd.NoGrad())
            {
                criterion.Attach(attachment.For(criterion));
                criterion.Prepare(criterion.Options.From is { } name ? signals.From(name) : signals);
            }

            criterion.Owned.Train();
            criterion.Evaluate(signals);
            return null;
        }
        catch (Exception e) when (e is TorchException or ArgumentException or KeyNotFoundException or InvalidOperationException)
        {
            return FirstLine(e);
        }
    }

    private static void Report(
        RecipePlan plan, Binding<Recipe> binding, TrainStageOptions stage, int term, Criterion criterion, string learner,
        Signals signals, string failure)
    {
        string slug = plan.Registry.ComponentOf(stage.TermsOf(learner)[term]).Slug;
        string student = $"student '{learner}' ({SlugOf(plan, learner)})";
        if (criterion.Options.From is { } from)
            signals = signals.From(from);
        int other = signals.Teachers.ToList().FindIndex(t => t.Output.Shape[^1] != signals.Student.Output.Shape[^1]);
        if (other < 0 || criterion.Taps.Any())
        {
            IEnumerable<string> teachers =
                signals.Teachers.Select(t => $"teacher '{t.Name}' ({SlugOf(plan, plan.RoleOf(stage, t.Name))})");
            binding.Report(
                RecipeCodes.Contradiction, stage, nameof(stage.Criteria),
                $"'{slug}' does not fit {string.Join(" and ", teachers.Prepend(student))}: {failure.TrimEnd('.')}",
                criterion.Taps.Any() ? $"taps that fit each other; these are {Found(criterion, signals)}" : null, term,
                hint: $"`retort methods {slug}` says what it needs.");
            return;
        }

        // Of images these are classes, of tokens the vocabulary.
        RoleSignals teacher = signals.Teachers[other];
        string what = teacher.Output.Dimensions == 2 ? "classes" : "entries of the vocabulary";
        long own = signals.Student.Output.Shape[^1], theirs = teacher.Output.Shape[^1];
        string theirModel = SlugOf(plan, plan.RoleOf(stage, teacher.Name));
        binding.Report(
            RecipeCodes.Contradiction, stage, nameof(stage.Criteria),
            string.Create(
                CultureInfo.InvariantCulture,
                $"'{slug}' compares {own} {what} of {student} with {theirs} of teacher '{teacher.Name}' ({theirModel})"),
            $"a teacher with the same {own} {what}, or a method that compares features (`sp`, `rkd`, `at`)", term,
            hint: $"`retort methods {slug}` says what it needs.");
    }

    // An exported model says what its logits mean; weights from elsewhere do not.
    private static void RequireLabels(RecipePlan plan, Binding<Recipe> binding, DataProvider data, TrainStageOptions stage)
    {
        IReadOnlyList<string> wanted = data.Split("train").ClassNames;
        foreach (string name in stage.Teachers)
        {
            string role = plan.RoleOf(stage, name);
            if (role != name || plan.Recipe!.Roles[role] is not { Weights: { } weights } options
                || LabelsBeside(weights.FullPath) is not { } labels || labels.Count != wanted.Count)
                continue;
            int place = Enumerable.Range(0, wanted.Count).FirstOrDefault(k => labels[k] != wanted[k], -1);
            if (place < 0)
                continue;
            binding.Report(
                RecipeCodes.Contradiction, options, nameof(options.Weights),
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"teacher '{name}' calls class {place} '{labels[place]}', and the data calls it '{wanted[place]}'"),
                labels.Order(StringComparer.Ordinal).SequenceEqual(wanted.Order(StringComparer.Ordinal))
                    ? "a teacher whose labels lie in the data's order; these are the same ones in another order"
                    : "a teacher of the data's classes");
        }
    }

    private static IReadOnlyList<string>? LabelsBeside(string weights)
    {
        string path = Path.Combine(Path.GetDirectoryName(weights) ?? ".", "config.json");
        if (!File.Exists(path))
            return null;
        try
        {
            IReadOnlyList<string> labels = StudentConfiguration.Read(path).Labels;
            return labels.Count > 0 ? labels : null;
        }
        catch (StudentFolderException)
        {
            // Somebody else's config.json.
            return null;
        }
    }

    private static string Found(Criterion criterion, Signals signals) => string.Join(", ", criterion.Taps.Select(tap =>
    {
        RoleSignals[] roles = tap.Role == TapRole.Student ? [signals.Student] : [.. signals.Teachers];
        return string.Join(", ", roles.Where(r => r.Has(tap.Path)).Select(r => $"{r.Name} {tap.Path} {Text(r.Tap(tap.Path))}"));
    }).Distinct());

    private static Role? RoleOf(RecipePlan plan, string name, string role) =>
        plan.NetworkOf(role) is { } model ? new Role(name, model) : null;

    // A teacher may end early; the same role as a student runs whole.
    private static Role? TeacherOf(RecipePlan plan, TrainStageOptions stage, string name)
    {
        string role = plan.RoleOf(stage, name);
        return RoleOf(plan, name, role) is { } found ? found with { Until = plan.Recipe!.Roles[role].Until } : null;
    }

    private static string SlugOf(RecipePlan plan, string role) =>
        plan.Registry.ComponentOf(plan.Recipe!.Roles[role].Model).Slug;

    private static IEnumerable<TapPath> Wanted(TrainStageOptions stage, Criterion[] criteria, TapRole role) =>
        AuxiliaryNetworks.TapsIn(stage.Auxiliaries, criteria, r => r == role);

    // With N for the batch: [N, 64, 7, 7].
    private static string Text(Tensor tensor) =>
        $"[{string.Join(", ", tensor.Shape.Skip(1).Select(s => s.ToString(CultureInfo.InvariantCulture)).Prepend("N"))}]";

    private static string FirstLine(Exception e) => e.Message.Split('\n')[0];
}
