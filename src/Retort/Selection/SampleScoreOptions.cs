namespace Retort.Selection;

/// <summary>What a recipe may write under <c>by:</c> of <c>sift</c>: what a sample's worth is.</summary>
[Kind("score", Command = "retort methods {0}")]
public abstract record SampleScoreOptions;
