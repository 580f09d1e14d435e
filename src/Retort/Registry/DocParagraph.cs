namespace Retort.Registry;

/// <summary>One paragraph of a documentation comment.</summary>
/// <param name="Title">The word in bold that it opens with, without its full stop; null where there is none.</param>
/// <param name="Text">The rest, on one line.</param>
public sealed record DocParagraph(string? Title, string Text);
