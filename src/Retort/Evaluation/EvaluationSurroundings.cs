using Retort.Distillation;
using Retort.Torch;

namespace Retort.Evaluation;

/// <summary>What a task may use besides the model and the split: the run's other networks, and a place for pictures.</summary>
public sealed record EvaluationSurroundings
{
    /// <summary>Nothing: no other networks, inputs that were not normalised, and nobody to show pictures to.</summary>
    public static EvaluationSurroundings None { get; } = new();

    /// <summary>A trained network by its name, in evaluation mode; the caller owns it.</summary>
    /// <exception cref="InvalidOperationException">There are no other networks.</exception>
    public Func<string, Role> Trained { get; init; } =
        name => throw new InvalidOperationException($"the task needs the network '{name}', and there are no others here.");

    /// <summary>Makes numbers from 0 to 1 of what models get, [N, C, H, W].</summary>
    public Func<Tensor, Tensor> Denormalize { get; init; } = inputs => inputs;

    /// <summary>Told pictures for the report by name, [N, C, H, W] from 0 to 1; null where nobody looks.</summary>
    public Action<string, Tensor>? Show { get; init; }
}
