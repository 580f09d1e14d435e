namespace Retort.Serving;

/// <summary>One turn of a conversation with a text source.</summary>
/// <param name="Role">Who speaks: <c>system</c>, <c>user</c>, <c>assistant</c>; empty for a prompt that is no turn but the
/// beginning of the text itself.</param>
/// <param name="Content">What is said.</param>
public sealed record TextMessage(string Role, string Content);
