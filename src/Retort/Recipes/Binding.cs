namespace Retort.Recipes;

/// <summary>A recipe bound to typed options, with what is wrong so far and the place of every value.</summary>
/// <typeparam name="T">The record of the whole recipe.</typeparam>
public sealed class Binding<T>
    where T : class
{
    private readonly BindSession _session;
    private readonly RecipeMapping _root;

    internal Binding(T? value, BindSession session, RecipeMapping root)
    {
        Value = value;
        _session = session;
        _root = root;
    }

    /// <summary>The options; null where something without a default is missing. All that is reachable from here is complete:
    /// wrong values were left out, so checks can go on and report everything at once.</summary>
    public T? Value { get; }

    /// <summary>What is wrong so far, in order of place.</summary>
    public IReadOnlyList<Diagnostic> Errors => DiagnosticText.InOrder(_session.Errors);

    /// <summary>Whether nothing was left out. Where false, a stage or role may be missing only because it was itself wrong,
    /// so a check that something exists would report a second error for one slip.</summary>
    public bool IsComplete => Value is not null && !_session.Dropped;

    /// <summary>The resolved recipe as YAML: includes, variables, defaults and overrides filled in, paths made
    /// absolute.</summary>
    /// <remarks>Variables whose names speak of keys, tokens, secrets or passwords stay as <c>${NAME}</c>.</remarks>
    public string ResolvedText => RecipeWriter.Write(_root);

    /// <summary>Reports a problem at the place of a property's value.</summary>
    /// <param name="code">One of <see cref="RecipeCodes"/>.</param>
    /// <param name="options">A record that came from this recipe.</param>
    /// <param name="property">The property by its C# name; the record itself where null or not written in the recipe.</param>
    /// <param name="message">What is wrong, in one clause without a full stop.</param>
    /// <param name="expected">What would have been right; printed after <c>expected</c>.</param>
    /// <param name="item">The index (of a list) or key (of a mapping) within the property.</param>
    /// <param name="nearest">The valid name that was probably meant: <see cref="Spelling.Nearest"/>.</param>
    /// <param name="hint">A command that helps, as a sentence.</param>
    /// <exception cref="ArgumentException">The record does not come from this recipe.</exception>
    public void Report(
        RecipeCode code, object options, string? property, string message, string? expected = null, object? item = null,
        string? nearest = null, string? hint = null) =>
        _session.Report(code, PlaceOf(options, property, item), message, expected, nearest, hint);

    /// <summary>The place of a property's value; of its record where the recipe does not give the property.</summary>
    /// <exception cref="ArgumentException">The record does not come from this recipe.</exception>
    public SourceSpan PlaceOf(object options, string? property = null, object? item = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        return _session.PlaceOf(options, property, item);
    }

    /// <summary>Whether a record was written in the recipe, rather than being a default.</summary>
    public bool Has(object options) => _session.Places.ContainsKey(options);

    /// <summary>Throws everything that is wrong so far; does nothing where nothing is.</summary>
    /// <exception cref="RecipeException">Something is wrong.</exception>
    public void ThrowIfWrong()
    {
        if (_session.Errors.Count > 0)
            throw new RecipeException(_session.Errors);
    }

    /// <summary>Returns the options of a recipe with nothing wrong in it.</summary>
    /// <exception cref="RecipeException">Something is wrong.</exception>
    public T Require()
    {
        ThrowIfWrong();
        return Value ?? throw new InvalidOperationException("A recipe without errors has a value.");
    }
}
