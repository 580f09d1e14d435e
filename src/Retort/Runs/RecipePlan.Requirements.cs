using Retort.Data;
using Retort.Distillation;
using Retort.Models;
using Retort.Runs.Checks;
using Retort.Stages;
using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Training;

namespace Retort.Runs;

/// <content>What stages require of the rest of the recipe, and how it is reported where it is not so.</content>
public sealed partial class RecipePlan
{
    private const string NoHead = "no linear layer that it declares";

    /// <summary>Reports a role that the recipe does not have.</summary>
    public bool RequireRole(object options, string property, string role, int? item = null)
    {
        if (!_binding.IsComplete || Recipe!.Roles.ContainsKey(role))
            return true;
        string[] known = [.. Recipe.Roles.Keys];
        _binding.Report(
            RecipeCodes.UnknownName, options, property, $"there is no role '{role}'",
            known.Length == 0 ? "a role under `roles:`" : $"one of: {string.Join(", ", known)}", item,
            Spelling.Nearest(role, known));
        return false;
    }

    /// <summary>Reports a name under which nothing before has weights: no train stage, and no role with <c>weights</c>.</summary>
    public bool RequireTrained(object options, string property, string name, int? item = null) =>
        RequireNamed(options, property, name, [], item);

    /// <summary>The same for a teacher, which a cache of its answers may stand for.</summary>
    public bool RequireTeacher(object options, string property, string name, int? item = null) => RequireNamed(
        options, property, name, [.. StagesBefore.OfType<CacheStage>().Select(NameOf)], item);

    private bool RequireNamed(object options, string property, string name, IReadOnlyList<string> caches, int? item)
    {
        if (caches.Contains(name) || !_binding.IsComplete || RoleTrainedAs(name) is not null
            || (Recipe!.Roles.TryGetValue(name, out RoleOptions? role) && role.IsReady))
            return true;
        string[] known =
        [
            .. Models(beforeCurrent: true).Select(m => m.Name),
            .. caches,
            .. Recipe.Roles.Where(r => r.Value.IsReady).Select(r => r.Key),
        ];
        _binding.Report(
            RecipeCodes.UnknownName, options, property, $"nothing called '{name}' is trained before this stage",
            known.Length == 0
                ? "the name of an earlier train stage, or of a role with `weights:`"
                : $"one of: {string.Join(", ", known)}",
            item, Spelling.Nearest(name, known));
        return false;
    }

    /// <summary>Reports a name under which no stage before leaves data.</summary>
    public bool RequireData(object options, string property, string stage) => RequireKnown(
        options, property, stage, [.. StagesBefore.Where(s => s.LeavesData).Select(NameOf)],
        $"no stage called '{stage}' makes data before this one", "the name of an earlier stage that makes or chooses data");

    /// <summary>The stage of this kind and name before the current one; reports a name that none has.</summary>
    public T? RequireBefore<T>(object options, string property, string name)
        where T : Stage
    {
        T[] before = [.. StagesBefore.OfType<T>()];
        RequireKnown(
            options, property, name, [.. before.Select(NameOf)], $"no stage of that kind called '{name}' comes before this one",
            "the name of an earlier stage of that kind");
        return Array.Find(before, s => NameOf(s) == name);
    }

    /// <summary>Reports taps that name no module of the student or of a teacher, and terms that need a teacher where none is
    /// named.</summary>
    public void RequireTaps(
        IReadOnlyList<CriterionOptions> criteria, string property, object owner, string student, IReadOnlyList<string> teachers,
        IReadOnlyDictionary<string, AuxiliaryOptions>? auxiliaries = null)
    {
        ArgumentNullException.ThrowIfNull(criteria);
        ArgumentNullException.ThrowIfNull(teachers);
        IEnumerable<string> RolesOf(TapRole role) => role == TapRole.Student ? [student] : teachers.Select(RoleBehind).Distinct();
        foreach (AuxiliaryOptions auxiliary in auxiliaries?.Values ?? [])
        {
            IEnumerable<string> roles = auxiliary is { Role: TapRole.Teacher, From: { } only }
                ? [RoleBehind(only)]
                : RolesOf(auxiliary.Role);
            foreach (string role in roles)
                RequireTap(auxiliary, new TapRequest(auxiliary.Role, auxiliary.Tap, nameof(auxiliary.Tap)), role);
            if (auxiliary.From is { } from && !teachers.Contains(from))
                ReportNoTeacher(auxiliary, nameof(auxiliary.From), from, teachers);
        }

        for (int k = 0; k < criteria.Count; k++)
        {
            using var criterion = Registry.Create<Criterion>(criteria[k]);
            if (criterion.NeedsTeacher && teachers.Count == 0 && _binding.IsComplete)
            {
                _binding.Report(
                    RecipeCodes.Contradiction, owner, property,
                    $"'{Registry.ComponentOf(criteria[k]).Slug}' needs a teacher, and the stage names none",
                    "teachers: [NAME]", k);
            }

            if (criteria[k].From is { } from && !teachers.Contains(from))
                ReportNoTeacher(criteria[k], nameof(CriterionOptions.From), from, teachers);

            foreach (TapRequest tap in criterion.Taps)
            {
                if (tap.Path.Auxiliary is { } name)
                {
                    RequireAuxiliary(criteria[k], tap, name, auxiliaries);
                    continue;
                }

                foreach (string role in RolesOf(tap.Role))
                    RequireTap(criteria[k], tap, role);
            }
        }
    }

    /// <summary>Reports a name that no stage before this one goes by.</summary>
    public bool RequireStage(object options, string property, string name) => RequireKnown(
        options, property, name, [.. Models(beforeCurrent: true).Select(m => m.Name)],
        $"no train stage '{name}' comes before this stage", "the name of an earlier train stage");

    /// <summary>Reports a role whose classifier is not shaped as that of a trained model.</summary>
    public void RequireSameHead(object options, string property, string role, string trained)
    {
        string? own = HeadOf(role), other = HeadOf(RoleTrainedAs(trained) ?? trained);
        if (own is null || other is null || (own == other && own != NoHead))
            return;
        _binding.Report(
            RecipeCodes.Contradiction, options, property, $"role '{role}' classifies with {own}, and '{trained}' with {other}",
            $"a network with the same last layer, such as {{ model: grafted, backbone: …, donor: the model of '{trained}' }}");
    }

    /// <summary>Reports taps that name no module of a role.</summary>
    public void RequireTaps(object options, string property, string role, IReadOnlyList<TapPath> taps)
    {
        ArgumentNullException.ThrowIfNull(taps);
        for (int k = 0; k < taps.Count; k++)
            RequireTap(options, new TapRequest(TapRole.Teacher, taps[k], property, k), role);
    }

    /// <summary>Reports a tap that names no module of a role.</summary>
    public void RequireTap(object options, string property, string role, TapPath tap) =>
        RequireTap(options, new TapRequest(TapRole.Teacher, tap, property), role);

    /// <summary>Reports paths that name no module of a role.</summary>
    public void RequireModules(object options, string property, string role, IReadOnlyList<string> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        for (int k = 0; k < paths.Count; k++)
            RequireModule(options, property, role, paths[k], k);
    }

    /// <summary>Runs one sample through each trained role's network, and reports those that do not fit the data.</summary>
    /// <exception cref="DataFormatException">A data file is missing or damaged.</exception>
    public void RequireFit(DataProviders data)
    {
        ArgumentNullException.ThrowIfNull(data);
        var seen = new HashSet<(string, DataProvider)>();
        foreach ((_, Stage stage, StageModel left) in Models())
        {
            if (data.For(stage.Options.Data) is { } provider && seen.Add((left.Role, provider))
                && Recipe!.Roles.ContainsKey(left.Role))
                RequireFit(left.Role, provider);
        }

        foreach (Stage stage in Stages.Where(s => data.For(s.Options.Data) is not null))
            stage.Check(this, data.For(stage.Options.Data)!);
        if (_binding.Errors.Count == 0)
            MemoryCheck.RefuseStages(this, _binding, data, MachineMemory.TotalBytes);
        if (_binding.Errors.Count == 0)
            FitCheck.Run(this, _binding, data);
    }

    /// <summary>Reports a name that is none of those that are known.</summary>
    internal bool RequireKnown(object options, string property, string name, string[] known, string message, string none)
    {
        if (!_binding.IsComplete || known.Contains(name))
            return true;
        _binding.Report(
            RecipeCodes.UnknownName, options, property, message, known.Length == 0 ? none : $"one of: {string.Join(", ", known)}",
            nearest: Spelling.Nearest(name, known));
        return false;
    }

    private void ReportNoTeacher(object options, string property, string name, IReadOnlyList<string> teachers) =>
        RequireKnown(
            options, property, name, [.. teachers], $"the stage has no teacher '{name}'",
            "the name of a teacher or peer of the stage");

    private void RequireAuxiliary(
        CriterionOptions options, TapRequest tap, string name, IReadOnlyDictionary<string, AuxiliaryOptions>? auxiliaries)
    {
        string[] known = auxiliaries is null ? [] : [.. auxiliaries.Where(a => a.Value.Role == tap.Role).Select(a => a.Key)];
        if (known.Contains(name) || !_binding.IsComplete)
            return;
        string whose = tap.Role == TapRole.Student ? "student" : "teacher";
        _binding.Report(
            RecipeCodes.NoSuchModule, options, tap.Property, $"the stage has no auxiliary network '{name}' of the {whose}",
            known.Length == 0
                ? "a network under the stage's `auxiliaries:`"
                : $"one of: {string.Join(", ", known.Select(k => $"aux:{k}"))}",
            tap.Item, Spelling.Nearest(name, known));
    }

    // The classifier as text; a model that declares none says so, and one that cannot be built was reported already.
    private string? HeadOf(string role) => ModelOf(role) switch
    {
        null => null,
        IHasFeatures features and Module model when model.TryFind(features.Head) is Linear head =>
            $"a linear layer {head.InFeatures} → {head.OutFeatures}{(head.Bias is null ? " without bias" : string.Empty)}",
        _ => NoHead,
    };

    private string RoleBehind(string teacher)
    {
        string name = (CacheBefore(teacher)?.Options as CacheStageOptions)?.Teacher ?? teacher;
        return RoleTrainedAs(name) ?? name;
    }

    private void RequireTap(object options, TapRequest tap, string role)
    {
        if (ModelOf(role) is not { } model)
            return;
        string? path = new Role(role, model).PathOf(tap.Path);
        if (path is not null && model.TryFind(path) is not null)
            return;
        if (path is not null)
        {
            ReportNoModule(options, tap.Property, role, model, path, tap.Item);
            return;
        }

        _binding.Report(
            RecipeCodes.NoSuchModule, options, tap.Property,
            $"role '{role}' ({SlugOf(role)}) does not say where its last feature is", "the path of a module", tap.Item);
    }

    private void RequireModule(object options, string property, string role, string path, int? item = null)
    {
        if (ModelOf(role) is { } model && model.TryFind(path) is null)
            ReportNoModule(options, property, role, model, path, item);
    }

    private void ReportNoModule(object options, string property, string role, Module model, string path, int? item)
    {
        string[] shown = model is IHasFeatures features
            ? [.. model.Children.Select(c => c.Key).Where(c =>
                features.Stages.Contains(c) || c == features.Head || c.StartsWith("conv", StringComparison.Ordinal))]
            : [.. model.Children.Select(c => c.Key).Take(8)];
        _binding.Report(
            RecipeCodes.NoSuchModule, options, property, $"role '{role}' ({SlugOf(role)}) has no module '{path}'",
            $"the path of a module, such as: {string.Join(", ", shown)}", item,
            Spelling.Nearest(path, model.NamedModules().Select(m => m.Key).Where(m => m.Length > 0)));
    }

    private void RequireFit(string role, DataProvider data)
    {
        Dataset train = data.Split("train");
        if (ModelOf(role) is not { } model)
            return;
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        model.Eval();
        try
        {
            Tensor output = model.Call(data.Sample("train").Input);
            if (data.Options.Dataset.Task == "classification" && output.Dimensions == 2
                && output.Size(1) != train.ClassNames.Count)
            {
                _binding.Report(
                    RecipeCodes.Contradiction, Recipe!.Roles[role], null,
                    $"role '{role}' ({SlugOf(role)}) gives {output.Size(1)} classes, "
                        + $"and '{train.Name}' has {train.ClassNames.Count}",
                    $"classes: {train.ClassNames.Count}");
            }
        }
        catch (Exception e) when (e is TorchException or ShapeException)
        {
            _binding.Report(
                RecipeCodes.Contradiction, Recipe!.Roles[role], null,
                $"role '{role}' ({SlugOf(role)}) cannot take samples of [{string.Join(", ", train.SampleShape)}]: "
                    + e.Message.Split('\n')[0],
                "a model whose channels and image size are the data's");
        }
    }
}
