using Retort.Data;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Evaluation.Tasks;

/// <summary>Finding the caption of a picture and the picture of a caption among all of the split: recall at 1, both
/// ways.</summary>
/// <remarks>The model gives embeddings [N, D] of a batch's input and of its captions, which it gets as a further input; what has
/// the largest cosine is found. A picture whose caption is the same, token for token, is found as well.</remarks>
[Named("retrieval")]
public sealed record RetrievalTask : EvaluationTask
{
    private const int Rows = 1024;

    /// <summary>What the batch calls the captions.</summary>
    public string Caption { get; init; } = "caption";

    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, double>> Evaluate(Module model, Loader loader, Device device)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var scope = new TensorScope();
        List<Tensor> pictures = [], captions = [], tokens = [];
        ForEach(model, loader, device, (batch, embedded) =>
        {
            pictures.Add(Unit(embedded).Persist());
            captions.Add(Unit(model.Call(batch[Caption])).Persist());
            tokens.Add(batch[Caption].Persist());
        });
        Tensor seen = Joined(pictures), said = Joined(captions), words = Joined(tokens);
        double there = Recall(seen, said, words), back = Recall(said, seen, words);
        return [new("recall", (there + back) / 2), new("picture-to-caption", there), new("caption-to-picture", back)];
    }

    private static Tensor Unit(Tensor embeddings)
    {
        Shapes.RequireDimensions(embeddings, 2);
        return embeddings / embeddings.Norm(p: 2, dim: 1, keepDim: true).ClampMin(1e-12);
    }

    private static Tensor Joined(List<Tensor> parts)
    {
        Tensor all = Ops.Cat([.. parts], 0);
        foreach (Tensor part in parts)
            part.Dispose();
        return all;
    }

    private static double Recall(Tensor asked, Tensor among, Tensor words)
    {
        long found = 0, count = asked.Size(0);
        for (long from = 0; from < count; from += Rows)
        {
            using var scope = new TensorScope();
            long rows = Math.Min(Rows, count - from);
            Tensor best = asked.Narrow(0, from, rows).MatMul(among.T()).Argmax(1);   // [rows]
            found += words.IndexSelect(0, best).Eq(words.Narrow(0, from, rows)).All(1).Sum().ToInt64();
        }

        return (double)found / count;
    }
}
