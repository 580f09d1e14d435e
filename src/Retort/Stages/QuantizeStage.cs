using Retort.Runs;
using Retort.Torch.Nn;
using Retort.Training;

namespace Retort.Stages;

/// <summary>Rounds a trained network's weights without training them: what quantisation in training is compared with.</summary>
[Named("quantize")]
public sealed class QuantizeStage(QuantizeStageOptions options) : DerivingStage(options), ISummarized
{
    private readonly QuantizeStageOptions _options = options;

    /// <inheritdoc/>
    public IReadOnlyList<string> ResultNames => [.. _options.Weights.ResultNames(_options.Name ?? "quantize")];

    /// <inheritdoc/>
    public override void Check(RecipePlan plan)
    {
        base.Check(plan);
        _options.Weights.Check(plan, _options.Role);
        if (!_options.Weights.RoundsAtOnce)
        {
            plan.Report(
                _options, nameof(_options.Weights),
                $"'{plan.Registry.ComponentOf(_options.Weights).Slug}' changes nothing of a network that is not trained",
                "weights: quantized, or weights: points");
        }

        if ((plan.RoleTrainedAs(_options.Model) ?? _options.Model) is var origin && origin != _options.Role)
        {
            plan.Report(
                _options, nameof(_options.Role),
                $"'{_options.Model}' is a network of role '{origin}', and rounding makes none of another", $"role: {origin}");
        }
    }

    /// <inheritdoc/>
    public void Summarize(RunSummaryBuilder builder) => MeasuredStage.AddResults(this, builder);

    /// <inheritdoc/>
    protected override void Derive(StageContext context, Module source, Module made)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(made);
        made.LoadStateDict(source.StateDict());
        using WeightForm form = _options.Weights.Create(made);
        foreach ((string name, double value) in form.Figures())
            context.Figures[WeightsOptions.ResultName(context.Stage, name)] = value;
        form.Settle();
    }
}
