namespace Retort.Evaluation;

/// <summary>What one row of logits says, computed in double with the largest logit taken out first.</summary>
internal readonly record struct LogitRow
{
    private LogitRow(bool isDefined, int prediction, double logNormalizer)
    {
        IsDefined = isDefined;
        Prediction = prediction;
        LogNormalizer = logNormalizer;
    }

    /// <summary>False where softmax has no value: a NaN, a positive infinity, or nothing but negative infinities.</summary>
    public bool IsDefined { get; }

    /// <summary>The first class with the largest logit; −1 where the row is undefined.</summary>
    public int Prediction { get; }

    /// <summary>log Σ exp(logit): a class's log-probability is its logit less this.</summary>
    public double LogNormalizer { get; }

    /// <summary>Reads a row of at least one logit. A single negative infinity is a class ruled out, which is fine.</summary>
    public static LogitRow Read(ReadOnlySpan<float> logits)
    {
        int best = 0;
        for (int k = 0; k < logits.Length; k++)
        {
            if (float.IsNaN(logits[k]) || float.IsPositiveInfinity(logits[k]))
                return new LogitRow(false, -1, double.NaN);
            if (logits[k] > logits[best])
                best = k;
        }

        double largest = logits[best];
        if (double.IsNegativeInfinity(largest))
            return new LogitRow(false, -1, double.NaN);
        double sum = 0;
        foreach (float logit in logits)
            sum += Math.Exp(logit - largest);
        return new LogitRow(true, best, largest + Math.Log(sum));
    }

    /// <summary>How many classes come before <paramref name="label"/>; of equal logits the lower class comes first.</summary>
    public static int Rank(ReadOnlySpan<float> logits, int label)
    {
        int rank = 0;
        for (int k = 0; k < logits.Length; k++)
        {
            if (logits[k] > logits[label] || (logits[k] == logits[label] && k < label))
                rank++;
        }

        return rank;
    }
}
