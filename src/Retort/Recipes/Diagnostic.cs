namespace Retort.Recipes;

/// <summary>One thing that is wrong with a recipe, with its place and the way out.</summary>
public sealed record Diagnostic
{
    /// <summary>Creates a diagnostic at a place.</summary>
    /// <param name="code">One of <see cref="RecipeCodes"/>.</param>
    /// <param name="span">The words that are wrong; null where the recipe has no text to show (a file that cannot be
    /// opened).</param>
    /// <param name="message">One clause without a full stop: what is wrong, with the words that were found.</param>
    public Diagnostic(RecipeCode code, SourceSpan? span, string message)
    {
        ArgumentNullException.ThrowIfNull(code);
        ArgumentException.ThrowIfNullOrEmpty(message);
        Code = code;
        Span = span;
        Message = message;
    }

    /// <summary>The kind of error.</summary>
    public RecipeCode Code { get; }

    /// <summary>The wrong words.</summary>
    public SourceSpan? Span { get; }

    /// <summary>What is wrong, in one clause.</summary>
    public string Message { get; }

    /// <summary>What would have been right, such as <c>one of: student_tap, weight</c>; printed after <c>expected</c>.</summary>
    public string? Expected { get; init; }

    /// <summary>The valid name nearest to the wrong one, where one is near.</summary>
    public string? Nearest { get; init; }

    /// <summary>A command that helps further, as a sentence; the last line of a report shows one of them.</summary>
    public string? Hint { get; init; }

    /// <summary>Prints the diagnostic as the command line does: place, code, message, line, carets and what was
    /// expected.</summary>
    public override string ToString() => DiagnosticText.Render(this);
}
