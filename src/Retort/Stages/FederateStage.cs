using Retort.Runs;
using Retort.Torch;
using Retort.Torch.Serialization;
using Retort.Training;

namespace Retort.Stages;

/// <summary>Trains clients whose samples stay with them, in rounds, and lets them exchange: federated learning in one
/// process.</summary>
/// <remarks>
/// <para>It leaves the server's model; where clients keep models of their own, the mean of the honest ones'.</para>
/// <para>Figures, of the honest clients: <c>accuracy</c>, of the shared model, or the mean of the clients' own, over all classes;
/// <c>local_accuracy</c>, with classes counted as the client has them, mean over the clients; <c>merged_accuracy</c>, of the mean
/// of own models; <c>round_accuracy</c>, the accuracy's mean over the rounds; and what the aggregation says. All but the last but
/// one are of the last round.</para>
/// </remarks>
[Named("federate")]
public sealed class FederateStage(FederateStageOptions options) : MeasuredStage(options)
{
    private readonly FederateStageOptions _options = options;

    /// <inheritdoc/>
    public override IReadOnlyList<StageModel> Models => [new StageModel(_options.Role)];

    /// <inheritdoc/>
    public override IEnumerable<string> UsesRoles => [_options.Role];

    /// <inheritdoc/>
    public override IEnumerable<string> Writes => ["checkpoint.safetensors", "model.safetensors"];

    /// <inheritdoc/>
    public override void Check(RecipePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        TrainingPlan training = _options.Training;
        if (!plan.RequireRole(_options, nameof(_options.Role), _options.Role))
            return;
        plan.RequireTaps(training.Criteria, nameof(training.Criteria), training, _options.Role, []);
        plan.RequireModules(training, nameof(training.Freeze), _options.Role, training.Freeze);
    }

    /// <inheritdoc/>
    public override void Run(StageContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        using var work = new FederateWork(context, _options);
        var loop = new StepLoop(context, _options.Rounds)
        {
            State = work.State,
            Load = work.Load,
            CheckpointEvery = 1,
            ReportEvery = 1,
        };
        loop.Run(round => work.Round((int)round));
        foreach ((string metric, double value) in work.Figures())
            context.Figures[$"{context.Stage}/{_options.Split}/{metric}"] = value;
        using (var scope = new TensorScope())
            SafeTensors.Write(context.In(Models[0].File), work.Common.StateDict());
        loop.Finish();
    }
}
