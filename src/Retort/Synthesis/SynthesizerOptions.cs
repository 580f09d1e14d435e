namespace Retort.Synthesis;

/// <summary>What a recipe may write under a <c>synthesize</c> stage's <c>by:</c>: how training data is made.</summary>
[Kind("synthesizer", Command = "retort methods {0}")]
public abstract record SynthesizerOptions;
