using Retort.Data;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Evaluation.Tasks;

/// <summary>One of K classes for each sample: accuracy, loss.</summary>
[Named("classification")]
public sealed record ClassificationTask : EvaluationTask
{
    /// <inheritdoc/>
    public override bool IsClassification => true;

    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, double>> Evaluate(Module model, Loader loader, Device device)
    {
        ClassificationFigures found = Predictor.Evaluate(model, loader, device);
        return [new("accuracy", found.Top1), new("loss", found.NegativeLogLikelihood)];
    }
}
