using Retort.Compression;
using Retort.Data;
using Retort.Runs;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Stages;

/// <summary>Takes the channels that matter least out of a trained network: what is left is a smaller network, faster
/// as it is.</summary>
/// <remarks>The role says how many channels of each layer stay: it is a network of the same architecture with fewer. Later train
/// stages begin with it by <c>init_from</c>.</remarks>
[Named("prune")]
public sealed class PruneStage(PruneStageOptions options) : DerivingStage(options)
{
    private readonly PruneStageOptions _options = options;

    /// <inheritdoc/>
    public override void Check(RecipePlan plan, DataProvider data)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(data);
        if (plan.NetworkOf(plan.RoleOf(_options, _options.Model)) is not { } whole
            || plan.NetworkOf(_options.Role) is not { } smaller)
        {
            return;
        }
        try
        {
            using var scope = new TensorScope();
            ChannelPruning.Cut(whole, smaller, data.Sample("train").Input, _options.By, new RandomStream(0));
        }
        catch (ArgumentException e)
        {
            plan.Report(
                _options, nameof(_options.Role),
                $"role '{_options.Role}' cannot be what is left of '{_options.Model}': {e.Message.TrimEnd('.')}",
                "a network of the same architecture with fewer channels");
        }
    }

    /// <inheritdoc/>
    protected override void Derive(StageContext context, Module source, Module made)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(made);
        made.LoadStateDict(ChannelPruning.Cut(
            source, made, context.Data.Sample("train").Input.To(context.Device), _options.By,
            RandomStream.Derive(context.SeedOf($"pruning/{context.Stage}"))));
    }
}
