namespace Retort.Graphs;

/// <summary>What a recipe may write under <c>by:</c> of <c>condense</c>: how a small set of graphs is got out of a large
/// one.</summary>
[Kind("graph condenser", Command = "retort methods {0}")]
public abstract record GraphCondenserOptions;
