using Retort.Data;
using Retort.Evaluation;
using Retort.Models;
using Retort.Search;
using Retort.Stages;
using Retort.Torch;
using Retort.Tracking;

namespace Retort.Runs;

/// <summary>What all stages of a run share.</summary>
internal sealed class RunSession
{
    public required Recipe Recipe { get; init; }

    public required RecipePlan Plan { get; init; }

    public required ComponentRegistry Registry { get; init; }

    public required RunFolder Folder { get; init; }

    public required Device Device { get; init; }

    public required ITracker Tracker { get; init; }

    public required IRunProgress Progress { get; init; }

    /// <summary>The data of stages by its options; one provider serves all stages with equal options.</summary>
    public required DataProviders Data { get; init; }

    public required bool Resume { get; init; }

    public required CancellationToken Cancellation { get; init; }

    /// <summary>Where finished stages are shared with other runs, or null.</summary>
    public StageStore? Store { get; init; }

    public IReadOnlyList<long> Seeds => [.. Recipe.Seeds.Select(seed => unchecked((long)seed))];

    /// <summary>Keys of the stages that are done, by name and seed.</summary>
    public Dictionary<(string Stage, long Seed), string> Keys { get; } = [];

    public RoleOptions RoleOptionsOf(string role) => Recipe.Roles.TryGetValue(role, out RoleOptions? options)
        ? options
        : throw new RunException($"the recipe has no role '{role}'.", isInputWrong: true);

    /// <summary>A role as it is under a seed: with the architecture that a search has chosen, where the recipe says so.</summary>
    public RoleOptions RoleOptionsOf(string role, long seed)
    {
        RoleOptions options = RoleOptionsOf(role);
        if (options.Search is not { } search)
            return options;
        string folder = Folder.StageFolder(search, SeedOfStage(search, seed));
        ModelOptions found = FoundArchitecture.Read(Path.Combine(folder, FoundArchitecture.FileName), options.Model);
        Registry.Remember(found, Registry.ComponentOf(options.Model));
        return options with { Model = found };
    }

    /// <summary>The role of a network that a stage leaves, or null where none leaves one of that name.</summary>
    public string? RoleTrainedBy(string model) => ModelOf(model).Model?.Role;

    /// <summary>The seed under which a stage's result lies: the first one's serves all where the stage runs once.</summary>
    public long SeedFor(string model, long seed) => ModelOf(model).Stage is { OncePerRun: true } ? Seeds[0] : seed;

    /// <summary>The seed under which a stage's own result lies.</summary>
    public long SeedOfStage(string stage, long seed) =>
        Plan.Stages.FirstOrDefault(s => Plan.NameOf(s) == stage) is { OncePerRun: true } ? Seeds[0] : seed;

    /// <summary>How a data set's task is measured.</summary>
    public EvaluationTask TaskOf(DatasetOptions dataset) => Registry.Find(typeof(EvaluationTask), dataset.Task) is { } component
        ? (EvaluationTask)Activator.CreateInstance(component.OptionsType)!
        : throw new RunException($"the data's task '{dataset.Task}' is not known; say `task:` on the stage.", isInputWrong: true);

    /// <summary>The file with the weights of a network that a stage leaves, under a seed.</summary>
    public string WeightsOf(string model, long seed)
    {
        (_, Stage stage, StageModel left) = ModelOf(model);
        return Path.Combine(Folder.StageFolder(Plan.NameOf(stage), SeedFor(model, seed)), left.File);
    }

    /// <summary>The name of the stage that leaves a network, or the name itself where no stage does.</summary>
    public string StageBehind(string model) => ModelOf(model) is { Stage: { } stage } ? Plan.NameOf(stage) : model;

    private (string Name, Stage Stage, StageModel Model) ModelOf(string name) =>
        Plan.Models().FirstOrDefault(m => m.Name == name);
}
