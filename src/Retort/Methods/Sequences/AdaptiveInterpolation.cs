namespace Retort.Methods.Sequences;

/// <summary>Where TAID's target stands, and the rule that moves it towards the teacher, faster while the loss falls.</summary>
/// <remarks>After each step with loss l: d = (l_before − l) / (l_before + 1e-15); m ← β m + (1 − β) d;
/// t ← min(t_end, max(t_floor, t + α sigmoid(m) (1 − t))). The first step only remembers the loss. t never falls.</remarks>
/// <param name="Value">t, how much of the target is the teacher, in [0, 1].</param>
/// <param name="Momentum">m, the smoothed relative fall of the loss.</param>
/// <param name="Before">l_before, the loss of the last step; null before the first.</param>
public readonly record struct AdaptiveInterpolation(double Value, double Momentum = 0, double? Before = null)
{
    /// <summary>Where it stands after a step.</summary>
    /// <param name="loss">The step's loss.</param>
    /// <param name="floor">What t is at least, were it not above <paramref name="end"/>: in the paper a straight line.</param>
    /// <param name="end">What t is at most.</param>
    /// <param name="rate">α; 5e-4 in the paper.</param>
    /// <param name="decay">β; 0.99 in the paper.</param>
    public AdaptiveInterpolation After(double loss, double floor, double end = 1, double rate = 5e-4, double decay = 0.99)
    {
        if (Before is not { } before)
            return this with { Before = loss };
        double momentum = decay * Momentum + (1 - decay) * ((before - loss) / (before + 1e-15));
        double faster = Value + rate / (1 + Math.Exp(-momentum)) * (1 - Value);
        return new AdaptiveInterpolation(Math.Min(end, Math.Max(floor, faster)), momentum, loss);
    }
}
