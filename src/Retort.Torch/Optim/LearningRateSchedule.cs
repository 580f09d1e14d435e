namespace Retort.Torch.Optim;

/// <summary>A learning rate over time, as a factor of the initial one: a pure function of the step, so there is nothing to
/// save.</summary>
/// <remarks>
/// <para>Positions and lengths are counted in <see cref="Unit"/>, from 0. The warm-up comes first and is part of a schedule's
/// length:
/// position <see cref="WarmUp"/> has the factor 1 (a step or multi-step schedule may have dropped by then, as its milestones
/// count from 0).</para>
/// <para>After its end a schedule stays at its last value.</para>
/// </remarks>
public abstract record LearningRateSchedule
{
    private readonly long _warmUp;
    private readonly double _warmUpStart = 0.01;

    /// <summary>How long the factor rises in a line from <see cref="WarmUpStart"/> towards 1; 0 for no warm-up.</summary>
    public long WarmUp
    {
        get => _warmUp;
        init => _warmUp = Require.AtLeastZero(value, nameof(WarmUp));
    }

    /// <summary>The factor at position 0 of a warm-up, in [0, 1]. At 0 the first step would change nothing.</summary>
    public double WarmUpStart
    {
        get => _warmUpStart;
        init => _warmUpStart = Require.Share(value, nameof(WarmUpStart));
    }

    /// <summary>What positions and lengths count; the rate changes once a unit.</summary>
    public ScheduleUnit Unit { get; init; }

    /// <summary>The factor of the initial learning rate for a step.</summary>
    /// <param name="step">Steps taken before, from 0.</param>
    /// <param name="stepsPerEpoch">Needed where <see cref="Unit"/> is <see cref="ScheduleUnit.Epoch"/>; at least 1.</param>
    public double FactorAt(long step, long stepsPerEpoch = 1)
    {
        Require.AtLeastZero(step);
        Require.Positive(stepsPerEpoch);
        long position = Unit == ScheduleUnit.Epoch ? step / stepsPerEpoch : step;
        double factor = Shape(position);
        return position < WarmUp ? factor * (WarmUpStart + (1 - WarmUpStart) * position / WarmUp) : factor;
    }

    /// <summary>Gives each group of an optimiser its initial learning rate times the factor.</summary>
    /// <param name="optimizer">Whose groups are set.</param>
    /// <param name="step">Steps taken before, from 0.</param>
    /// <param name="stepsPerEpoch">Needed where <see cref="Unit"/> is <see cref="ScheduleUnit.Epoch"/>; at least 1.</param>
    public void Apply(Optimizer optimizer, long step, long stepsPerEpoch = 1)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        double factor = FactorAt(step, stepsPerEpoch);
        foreach (ParameterGroup group in optimizer.Groups)
            group.LearningRate = group.InitialLearningRate * factor;
    }

    /// <summary>The factor apart from the warm-up.</summary>
    private protected abstract double Shape(long position);

    /// <summary>How much of the way from the warm-up's end to <paramref name="length"/> is done, in [0, 1].</summary>
    private protected double Progress(long position, long length) =>
        Math.Clamp((double)(position - WarmUp) / Math.Max(1, length - WarmUp), 0, 1);
}

/// <summary>What a schedule counts.</summary>
public enum ScheduleUnit
{
    /// <summary>Optimiser steps.</summary>
    Step,

    /// <summary>Passes over the training set.</summary>
    Epoch,
}
