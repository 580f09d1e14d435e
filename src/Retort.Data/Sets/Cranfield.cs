namespace Retort.Data.Sets;

/// <summary>Cranfield: 1,400 abstracts on aerodynamics, 225 questions, and all judgements of which answers which.</summary>
/// <remarks>Cleverdon, "The Cranfield tests on index language devices", Aslib Proceedings 1967. Files in BEIR's layout in a
/// folder <c>beir</c>; cut as <see cref="BeirSet"/> says. The grades are from 4 (a complete answer)
/// to 1 (of little interest).</remarks>
[Dataset("cranfield")]
public sealed record Cranfield : BeirSet
{
    /// <inheritdoc/>
    public override string Folder { get; init; } = "beir";

    /// <inheritdoc/>
    protected override string SetName => "cranfield";
}
