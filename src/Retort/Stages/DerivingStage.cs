using Retort.Distillation;
using Retort.Runs;
using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Torch.Serialization;

namespace Retort.Stages;

/// <summary>Makes a network of one that is trained, without training: its weights are <c>model.safetensors</c>.</summary>
/// <param name="options">What the recipe says.</param>
public abstract class DerivingStage(DerivingStageOptions options) : Stage(options)
{
    private readonly DerivingStageOptions _options = options;

    /// <inheritdoc/>
    public override IReadOnlyList<StageModel> Models => [new StageModel(_options.Role)];

    /// <inheritdoc/>
    public override bool OncePerRun => _options.Once;

    /// <inheritdoc/>
    public override IEnumerable<string> Reads => [_options.Model];

    /// <inheritdoc/>
    public override IEnumerable<string> UsesRoles => [_options.Role];

    /// <inheritdoc/>
    public override IEnumerable<string> Writes => Models.Select(m => m.File);

    /// <inheritdoc/>
    public override void Check(RecipePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.RequireRole(_options, nameof(_options.Role), _options.Role);
        plan.RequireTrained(_options, nameof(_options.Model), _options.Model);
    }

    /// <inheritdoc/>
    public override void Run(StageContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.Progress.StageStarted(context.Stage, context.Seed, 0);
        context.Cancellation.ThrowIfCancellationRequested();
        using var scope = new TensorScope();
        using Module source = context.Trained(_options.Model).Model;
        Role made = context.NewRole(_options.Role);
        try
        {
            Derive(context, source, made.Model);
        }
        catch (Exception e) when (e is ArgumentException or StateDictException)
        {
            throw new RunException($"stage '{context.Stage}': {e.Message}", isInputWrong: true, e);
        }

        SafeTensors.Write(context.In(Models[0].File), made.Model.StateDict());
        made.Model.Dispose();
    }

    /// <summary>Gives the network that is left its values.</summary>
    /// <param name="context">The stage's work.</param>
    /// <param name="source">The trained network.</param>
    /// <param name="made">A fresh network of the stage's role.</param>
    /// <exception cref="ArgumentException">The networks do not go together.</exception>
    protected abstract void Derive(StageContext context, Module source, Module made);
}
