using Retort.Data;

namespace Retort.Serving;

/// <summary>Draws the next token from a model's logits.</summary>
internal static class TokenChoice
{
    /// <summary>Draws a token.</summary>
    /// <param name="logits">One a token.</param>
    /// <param name="temperature">What they are divided by; 0 takes the largest.</param>
    /// <param name="topP">Share of the probability that the tokens drawn from must have together, in (0, 1].</param>
    /// <param name="chance">Gives one number, whatever is drawn.</param>
    public static int Draw(ReadOnlySpan<float> logits, double temperature, double topP, RandomStream chance)
    {
        double point = chance.NextDouble();
        int likeliest = 0;
        for (int k = 1; k < logits.Length; k++)
        {
            if (logits[k] > logits[likeliest])
                likeliest = k;
        }

        // Below this every other token has a probability that float64 cannot tell from 0, and dividing overflows.
        if (temperature < 1e-4)
            return likeliest;
        var weights = new double[logits.Length];
        double sum = 0;
        for (int k = 0; k < weights.Length; k++)
            sum += weights[k] = Math.Exp((logits[k] - logits[likeliest]) / temperature);
        int[] order = [.. Enumerable.Range(0, weights.Length)];
        if (topP < 1)
        {
            order = [.. order.OrderByDescending(k => weights[k])];
            double kept = 0;
            int count = 0;
            while (count < order.Length && kept < topP * sum)
                kept += weights[order[count++]];
            order = order[..Math.Max(1, count)];
            sum = kept;
        }

        double left = point * sum;
        foreach (int k in order)
        {
            left -= weights[k];
            if (left < 0)
                return k;
        }

        return order[0];
    }

    /// <summary>ln softmax of the logits.</summary>
    public static double[] LogProbabilities(ReadOnlySpan<float> logits)
    {
        double largest = double.NegativeInfinity, sum = 0;
        foreach (float logit in logits)
            largest = Math.Max(largest, logit);
        foreach (float logit in logits)
            sum += Math.Exp(logit - largest);
        double norm = largest + Math.Log(sum);
        var found = new double[logits.Length];
        for (int k = 0; k < found.Length; k++)
            found[k] = logits[k] - norm;
        return found;
    }
}
