
namespace Retort.Evaluation;

/// <summary>A classifier's output for a split.</summary>
/// <param name="Logits">[N, K], row-major.</param>
/// <param name="Labels">[N].</param>
/// <param name="Classes">K.</param>
public sealed record Predictions(float[] Logits, long[] Labels, int Classes)
{
    /// <summary>What several classifiers say together: the logarithm of the mean of their probabilities.</summary>
    /// <exception cref="ArgumentException">There are none, or they answer different questions.</exception>
    public static Predictions Average(params IReadOnlyList<Predictions> members)
    {
        ArgumentNullException.ThrowIfNull(members);
        bool AreAlike(Predictions member) =>
            member.Classes == members[0].Classes && member.Labels.AsSpan().SequenceEqual(members[0].Labels);
        if (members.Count == 0 || !members.All(AreAlike))
        {
            throw new ArgumentException(
                $"{members.Count} predictions cannot be averaged: they need the same samples and classes.", nameof(members));
        }

        int classes = members[0].Classes;
        var mean = new double[members[0].Logits.Length];
        foreach (Predictions member in members)
        {
            for (int row = 0; row < mean.Length; row += classes)
            {
                ReadOnlySpan<float> logits = member.Logits.AsSpan(row, classes);
                float largest = float.NegativeInfinity;
                foreach (float logit in logits)
                    largest = Math.Max(largest, logit);
                double sum = 0;
                foreach (float logit in logits)
                    sum += Math.Exp(logit - largest);
                for (int k = 0; k < classes; k++)
                    mean[row + k] += Math.Exp(logits[k] - largest) / sum / members.Count;
            }
        }

        // A class that nobody thinks possible keeps a finite score.
        return members[0] with { Logits = Array.ConvertAll(mean, p => (float)Math.Log(Math.Max(p, 1e-30))) };
    }
}
