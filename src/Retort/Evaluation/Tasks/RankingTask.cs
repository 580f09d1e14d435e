using Retort.Data;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Evaluation.Tasks;

/// <summary>The relevant passages before the others: nDCG@10, the reciprocal rank of the first, and recall, means over
/// queries.</summary>
/// <remarks>A model gives a score to each passage, [N, P]; the batch has their grades, <c>relevance</c> [N, P], above 0 where
/// relevant. Gains are the grades themselves, discounts log₂(rank + 1), as trec_eval has them. Of equal scores the first passage
/// is ranked first.</remarks>
[Named("ranking")]
public sealed record RankingTask : EvaluationTask
{
    private const int Depth = 10;

    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, double>> Evaluate(Module model, Loader loader, Device device)
    {
        double gain = 0, reciprocal = 0, recall = 0;
        long queries = 0;
        ForEach(model, loader, device, (batch, scores) =>
        {
            long passages = scores.Size(1);
            double[] all = scores.To(DType.Float64).ToArray<double>();
            double[] grades = batch["relevance"].To(DType.Float64).ToArray<double>();
            for (int row = 0; row < scores.Size(0); row++)
            {
                Range own = (int)(row * passages)..(int)((row + 1) * passages);
                (double g, double m, double r) = Measure(all[own], grades[own]);
                (gain, reciprocal, recall, queries) = (gain + g, reciprocal + m, recall + r, queries + 1);
            }
        });
        return [new("ndcg@10", gain / queries), new("mrr@10", reciprocal / queries), new("recall@10", recall / queries)];
    }

    /// <summary>The measures of one query.</summary>
    /// <param name="scores">A score for each passage.</param>
    /// <param name="grades">Each passage's grade, above 0 where it is relevant; not all 0.</param>
    public static (double Ndcg, double ReciprocalRank, double Recall) Measure(double[] scores, double[] grades)
    {
        int[] best = [.. Enumerable.Range(0, scores.Length).OrderByDescending(k => scores[k]).Take(Depth)];
        double Gain(IEnumerable<double> ranked) => ranked.Select((grade, rank) => grade / Math.Log2(rank + 2)).Sum();
        int first = Array.FindIndex(best, k => grades[k] > 0);
        return (
            Gain(best.Select(k => grades[k])) / Gain(grades.OrderDescending().Take(Depth)),
            first < 0 ? 0 : 1.0 / (first + 1),
            best.Count(k => grades[k] > 0) / (double)grades.Count(g => g > 0));
    }
}
