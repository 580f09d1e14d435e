namespace Retort.Recipes;

/// <summary>Something that does not fit, found by <see cref="IValidatable.Validate"/>.</summary>
/// <param name="Property">The property whose value is to be shown, by its C# name (<c>nameof</c>).</param>
/// <param name="Message">What is wrong, in one clause without a full stop.</param>
public sealed record Problem(string Property, string Message)
{
    /// <summary>What would have been right; printed after <c>expected</c>.</summary>
    public string? Expected { get; init; }

    /// <summary>The options that have the property; the validated ones where null.</summary>
    public object? Owner { get; init; }

    /// <summary>The index (of a list) or key (of a mapping) within the property.</summary>
    public object? Item { get; init; }

    /// <summary>The code; <see cref="RecipeCodes.Contradiction"/> where null.</summary>
    public RecipeCode? Code { get; init; }
}
