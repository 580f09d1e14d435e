namespace Retort.Recipes;

/// <summary>A recipe is wrong: everything that was found, sorted by place.</summary>
/// <remarks>The message is the text a user sees, ready for standard error; the command line ends with exit code 2.</remarks>
public sealed class RecipeException : Exception
{
    /// <summary>Creates the exception from what was found.</summary>
    /// <param name="diagnostics">At least one; sorted by place and freed of repetitions here.</param>
    public RecipeException(IEnumerable<Diagnostic> diagnostics)
        : this(DiagnosticText.InOrder(diagnostics))
    {
    }

    private RecipeException(List<Diagnostic> sorted)
        : base(DiagnosticText.RenderAll(sorted)) => Diagnostics = sorted;

    /// <summary>What is wrong, sorted by place.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics { get; }
}
