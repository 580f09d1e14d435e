namespace Retort.Methods.Sequences;

/// <summary>The rule of TAID that moves its target towards the teacher, faster while the student's loss falls.</summary>
/// <remarks>After each step with loss l: d = (l_before − l) / (l_before + 1e-15); m ← β m + (1 − β) d;
/// t ← min(t_end, max(t_linear, t + α sigmoid(m) (1 − t))). The first call only remembers the loss. t never falls.</remarks>
/// <param name="start">t at the beginning, in [0, 1].</param>
/// <param name="end">t at the end, in [0, 1].</param>
/// <param name="rate">α; 5e-4 in the paper.</param>
/// <param name="decay">β; 0.99 in the paper.</param>
public sealed class AdaptiveInterpolation(double start = 0.4, double end = 1, double rate = 5e-4, double decay = 0.99)
{
    private readonly double _start = start;
    private double? _before;

    /// <summary>t, how much of the target is the teacher.</summary>
    public double Value { get; private set; } = start;

    /// <summary>m, the smoothed relative fall of the loss.</summary>
    public double Momentum { get; private set; }

    /// <summary>Moves t after a step.</summary>
    /// <param name="loss">The step's loss.</param>
    /// <param name="progress">Which share of the training is done, in [0, 1].</param>
    public void Update(double loss, double progress)
    {
        if (_before is { } before)
        {
            Momentum = decay * Momentum + (1 - decay) * ((before - loss) / (before + 1e-15));
            double faster = Value + rate / (1 + Math.Exp(-Momentum)) * (1 - Value);
            Value = Math.Min(end, Math.Max(_start + (end - _start) * progress, faster));
        }

        _before = loss;
    }
}
