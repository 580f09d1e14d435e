namespace Retort.Serving;

/// <summary>A script by name, as the command line names it.</summary>
public static class ServedScript
{
    /// <summary>Makes a script's source; what is wrong is reported as in a recipe.</summary>
    /// <param name="text">A name, or <c>name: { option: value }</c>.</param>
    /// <param name="registry">Where scripts are found.</param>
    /// <exception cref="RecipeException">There is no such script or option, or a value is wrong.</exception>
    public static TextSource Open(string text, ComponentRegistry registry)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        ArgumentNullException.ThrowIfNull(registry);
        string written = text.Contains(':', StringComparison.Ordinal) ? $"{{ {text} }}" : text;
        Chosen chosen = new RecipeBinder(registry).Bind<Chosen>(RecipeDocument.Parse($"script: {written}", "--script")).Require();
        return new ScriptSource(registry.ComponentOf(chosen.Script).Slug, chosen.Script);
    }

    [Noun("command line")]
    private sealed record Chosen
    {
        /// <summary>The rules.</summary>
        public required ScriptOptions Script { get; init; }
    }
}
