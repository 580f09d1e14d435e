using Retort.Data;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Evaluation.Tasks;

/// <summary>A text to be written after a prompt: the share of samples whose whole completion a model writes, and the loss in
/// nats a token.</summary>
/// <remarks>A completion counts as written where every one of its tokens, the end included, is the model's likeliest after
/// those before it: exactly then greedy decoding writes it.</remarks>
[Named("completion")]
public sealed record CompletionTask : EvaluationTask
{
    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, double>> Evaluate(Module model, Loader loader, Device device)
    {
        double loss = 0, whole = 0;
        long tokens = 0, samples = 0;
        ForEach(model, loader, device, (batch, logits) =>
        {
            Tensor wide = logits.AtLeastFloat32(), ignored = batch.Labels.Eq(Dataset.NoLabel);   // [N, T, V], [N, T]
            long here = ignored.LogicalNot().Sum().ToInt64();
            loss += wide.Flatten(0, 1).CrossEntropyLoss(batch.Labels.Flatten(), ignoreIndex: Dataset.NoLabel).ToDouble() * here;
            whole += wide.Argmax(2).Eq(batch.Labels).LogicalOr(ignored).To(DType.Float32).Amin([1]).Sum().ToDouble();
            tokens += here;
            samples += batch.Count;
        });
        return [new("accuracy", whole / samples), new("loss", loss / tokens)];
    }
}
