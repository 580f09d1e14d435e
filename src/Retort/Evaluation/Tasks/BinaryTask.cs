using Retort.Data;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Evaluation.Tasks;

/// <summary>One of two classes for each sample: accuracy, loss, and how well the classes are told apart (<c>auc</c>).</summary>
/// <remarks><c>auc</c> is the area under the curve of true against false positives (<see cref="RankedPairs.Area"/>), by the
/// difference of the two logits.</remarks>
[Named("binary")]
public sealed record BinaryTask : EvaluationTask
{
    /// <inheritdoc/>
    public override bool IsClassification => true;

    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, double>> Evaluate(Module model, Loader loader, Device device)
    {
        Predictions found = Predictor.Predict(model, loader, device);
        if (found.Classes != 2)
            throw new ShapeException($"the task 'binary' is for two classes; the model gives {found.Classes}.");
        ClassificationFigures figures = Classification.Evaluate(found.Logits, found.Labels, found.Classes);
        double[] scores = new double[found.Labels.Length];
        for (int k = 0; k < scores.Length; k++)
            scores[k] = (double)found.Logits[(2 * k) + 1] - found.Logits[2 * k];
        return
        [
            new("accuracy", figures.Top1),
            new("auc", RankedPairs.Area(scores, [.. found.Labels.Select(l => l == 1)])),
            new("loss", figures.NegativeLogLikelihood),
        ];
    }
}
