namespace Retort.Selection;

/// <summary>What a recipe may write under a <c>select</c> stage's <c>by:</c>: which real samples are kept.</summary>
[Kind("selector", Command = "retort methods {0}")]
public abstract record SelectorOptions;
