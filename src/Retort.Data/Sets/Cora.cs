namespace Retort.Data.Sets;

/// <summary>Cora: 2,708 papers that cite each other, seven subjects, with the public split of 140, 500 and 1,000 nodes.</summary>
/// <remarks>Sen et al., AI Magazine 2008; Yang, Cohen and Salakhutdinov, arXiv:1603.08861. 1,433 words that a paper has or has
/// not. Files as <see cref="NodeGraphSet"/> says; the splits are <c>train</c>, <c>val</c>, <c>test</c> and <c>none</c>.</remarks>
[Dataset("cora")]
public sealed record Cora : NodeGraphSet
{
    /// <inheritdoc/>
    protected override string SetName => "cora";
}
