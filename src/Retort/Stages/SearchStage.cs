using Retort.Models;
using Retort.Runs;
using Retort.Runs.Checks;
using Retort.Search;
using Retort.Training;

namespace Retort.Stages;

/// <summary>Chooses among architectures by a score that needs no training; roles with <c>search: NAME</c> get what it
/// chose.</summary>
/// <remarks>
/// <para>It leaves <c>architecture.json</c>, the chosen model's options, and <c>ranking.json</c>, every candidate with its scores
/// and size from the best to the worst.</para>
/// <para>Figures where candidates are trained (<c>verify</c>): the task's first metric of the chosen one, <c>median_METRIC</c>
/// and <c>best_METRIC</c> of those that were trained, <c>tau</c>, Kendall's correlation of score and metric, and
/// <c>CONTROL_tau</c> of each further score; 0 where one of both tells no pair apart.</para>
/// </remarks>
[Named("search")]
public sealed class SearchStage(SearchStageOptions options) : MeasuredStage(options)
{
    /// <summary>The file with every candidate, from the best score to the worst.</summary>
    public const string RankingFile = "ranking.json";

    // So many candidates are built without memory before anything runs; of a larger space each value of each option.
    private const int MostChecked = 2000;
    private readonly SearchStageOptions _options = options;

    /// <inheritdoc/>
    public override bool OncePerRun => _options.Once;

    /// <inheritdoc/>
    public override IEnumerable<string> Reads => _options.Verify?.Teachers ?? [];

    /// <inheritdoc/>
    public override IEnumerable<string> UsesRoles => [_options.Role, .. Scores.SelectMany(s => s.Roles).Select(r => r.Role)];

    /// <inheritdoc/>
    public override IEnumerable<string> Writes => [FoundArchitecture.FileName, RankingFile];

    /// <summary>The role whose architecture is looked for.</summary>
    internal string RoleName => _options.Role;

    private IEnumerable<ArchitectureScoreOptions> Scores => [_options.Score, .. _options.Controls];

    /// <inheritdoc/>
    public override void Check(RecipePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        foreach (ArchitectureScoreOptions score in Scores)
        {
            foreach ((string property, string role) in score.Roles)
                plan.RequireRole(score, property, role);
        }

        string[] controls = [.. _options.Controls.Select(c => plan.Registry.ComponentOf(c).Slug)];
        if (Array.FindIndex(controls, slug => controls.Count(c => c == slug) > 1) is >= 0 and var twice)
        {
            plan.Report(
                _options, nameof(_options.Controls), $"the score '{controls[twice]}' is named twice", "different scores", twice);
        }

        if (_options.Verify is { } verify)
        {
            TrainingPlan training = verify.Training;
            for (int k = 0; k < verify.Teachers.Count; k++)
                plan.RequireTrained(verify, nameof(verify.Teachers), verify.Teachers[k], k);
            plan.RequireTaps(training.Criteria, nameof(training.Criteria), training, _options.Role, verify.Teachers);
            plan.RequireModules(training, nameof(training.Freeze), _options.Role, training.Freeze);
        }

        if (plan.RequireRole(_options, nameof(_options.Role), _options.Role)
            && plan.Recipe?.Roles.TryGetValue(_options.Role, out RoleOptions? start) == true)
            CheckSpace(plan, start.Model);
    }

    /// <inheritdoc/>
    public override void Run(StageContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        using var work = new SearchWork(context, _options);
        var loop = new StepLoop(context, (long)work.Evaluations + work.Verifications)
        {
            State = work.State,
            Load = work.Load,
            CheckpointEvery = 1,
            ReportEvery = 1,
        };
        loop.Run(work.Step);
        work.Finish();
        loop.Finish();
    }

    private void CheckSpace(RecipePlan plan, ModelOptions start)
    {
        void Report(string? key, string message, string? expected) => plan.Report(
            _options, nameof(_options.Space), message, expected ?? "a value of the option's type", key);
        if (ArchitectureSpace.Read(start, _options.Space, Report) is not { } space)
            return;
        if (_options.Strategy.Refusal(space.Size) is { } refusal)
            plan.Report(_options, nameof(_options.Strategy), refusal, "strategy: evolve, or a smaller space");
        foreach (int[] choice in space.ToCheck(MostChecked))
        {
            try
            {
                NetworkSize size = NetworkSize.Of(space.Of(choice));
                if (size.Bytes <= MachineMemory.TotalBytes)
                    continue;
                Report(
                    null, $"candidate {space.Describe(choice).ToJsonString()} takes {MachineMemory.Text(size.Bytes)}; "
                        + $"this machine has {MachineMemory.Text(MachineMemory.TotalBytes)} of memory",
                    "smaller values");
            }
            catch (Exception e) when (e is ArgumentException or System.Text.Json.JsonException)
            {
                Report(
                    null, $"candidate {space.Describe(choice).ToJsonString()} cannot be built: "
                        + e.Message.Split('\n')[0].TrimEnd('.'),
                    "values that go together");
            }

            return;
        }
    }
}
