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

    public required DataProvider? Data { get; init; }

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

    /// <summary>The role that a stage trains, or null where no stage of that name trains one.</summary>
    public string? RoleTrainedBy(string stage) => StageOf(stage)?.TrainsRole;

    /// <summary>The seed under which a stage's result lies: the first one's serves all where the stage runs once.</summary>
    public long SeedFor(string stage, long seed) => StageOf(stage) is { OncePerRun: true } ? Seeds[0] : seed;

    private Stage? StageOf(string name) => Plan.Stages.FirstOrDefault(s => Plan.NameOf(s) == name && s.TrainsRole is not null);
}
