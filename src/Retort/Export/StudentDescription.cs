using Retort.Models;

namespace Retort.Export;

/// <summary>What somebody needs to know to run an exported model.</summary>
public sealed record StudentDescription
{
    /// <summary>The model's own name, such as <c>student-distilled</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The architecture's name in the catalogue, such as <c>cifar-resnet20</c>.</summary>
    public required string Model { get; init; }

    /// <summary>The options that it was built with.</summary>
    public required ModelOptions Options { get; init; }

    /// <summary>Sizes of an input without the batch: [channels, height, width] for images.</summary>
    public required IReadOnlyList<long> InputShape { get; init; }

    /// <summary>What was subtracted from inputs between 0 and 1, a number a channel; empty where nothing was.</summary>
    public IReadOnlyList<double> Mean { get; init; } = [];

    /// <summary>What they were divided by afterwards, a number a channel; empty where by nothing.</summary>
    public IReadOnlyList<double> StandardDeviation { get; init; } = [];

    /// <summary>Names of the classes in the order of the logits; empty where they have none.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];
}
