namespace Retort.Recipes;

/// <summary>What a recipe may write for its data.</summary>
[Kind("dataset", Tag = "dataset")]
public abstract record DataOptions;
