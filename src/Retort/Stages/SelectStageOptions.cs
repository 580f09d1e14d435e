using Retort.Selection;

namespace Retort.Stages;

/// <summary>What a recipe may write under <c>select:</c>.</summary>
public sealed record SelectStageOptions : DataStageOptions
{
    /// <summary>Which samples are kept.</summary>
    public required SelectorOptions By { get; init; }

    /// <summary>A trained model whose features stand for the samples. The default is the inputs themselves.</summary>
    public string? Model { get; init; }

    /// <summary>The feature of that model.</summary>
    public TapPath Tap { get; init; } = TapPath.LastFeature;
}
