using Retort.Data;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Evaluation.Tasks;

/// <summary>The next token at every position: loss in nats a token, bits a token, perplexity, accuracy.</summary>
/// <remarks>Means over the tokens that count (labels that are not −100), whatever batch they are in.</remarks>
[Named("language")]
public sealed record LanguageTask : EvaluationTask
{
    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, double>> Evaluate(Module model, Loader loader, Device device)
    {
        double loss = 0, right = 0;
        long count = 0;
        ForEach(model, loader, device, (batch, logits) =>
        {
            Tensor flat = logits.AtLeastFloat32().Flatten(0, -2), labels = batch.Labels.Flatten();   // [N·T, V], [N·T]
            Tensor counts = labels.Ne(Dataset.NoLabel);
            long here = counts.Sum().ToInt64();
            loss += flat.CrossEntropyLoss(labels, ignoreIndex: Dataset.NoLabel).ToDouble() * here;
            right += flat.Argmax(1).Eq(labels).LogicalAnd(counts).Sum().ToDouble();
            count += here;
        });
        double nats = loss / count;
        return
        [
            new("loss", nats), new("bits", nats / Math.Log(2)), new("perplexity", Math.Exp(nats)), new("accuracy", right / count),
        ];
    }
}
