namespace Retort.Data.Sets;

/// <summary>Tiny Shakespeare: 1.1 MB of plays, the usual small text for language models.</summary>
/// <remarks>One file <c>input.txt</c>, that of Karpathy's char-rnn; cut as <see cref="TextBlocks"/> says.</remarks>
[Dataset("tiny-shakespeare")]
public sealed record TinyShakespeare : TextBlocks
{
    /// <inheritdoc/>
    protected override string SetName => "tiny-shakespeare";
}
