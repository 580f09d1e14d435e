using Retort.Data;
using Retort.Torch;

namespace Retort.Selection;

/// <summary>Says of each training sample how much it is worth, from what some models make of it.</summary>
public abstract class SampleScore
{
    /// <summary>What it asks models for, one phrase a model, in the order in which the stage names them.</summary>
    public abstract IReadOnlyList<string> Models { get; }

    /// <summary>The samples' scores: those with the highest are kept.</summary>
    /// <param name="batch">The samples as models get them.</param>
    /// <param name="outputs">What each model makes of them, in the order of <see cref="Models"/>.</param>
    /// <returns>[N], float32 or wider; without a gradient.</returns>
    public abstract Tensor Of(Batch batch, IReadOnlyList<Tensor> outputs);
}
