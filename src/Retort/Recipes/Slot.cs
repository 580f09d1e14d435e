namespace Retort.Recipes;

/// <summary>Where a value is being bound: what messages call it, where it stands, and what limits it.</summary>
/// <param name="Words">What messages call the value, such as <c>'epochs'</c> or <c>item 2 of 'betas'</c>.</param>
/// <param name="Owner">The key or item that holds the value; shown where the value itself has nothing to show.</param>
/// <param name="Property">The property that the value, or the list with the value, is for.</param>
/// <param name="Hint">The command that helps with the enclosing component.</param>
/// <param name="Name">The name that the recipe gives the value, for <c>role 'teacher'</c>.</param>
internal sealed record Slot(string Words, SourceSpan Owner, PropertyModel? Property, string? Hint, string? Name = null)
{
    /// <summary>What messages call an object of the type in this place.</summary>
    public string LabelOf(Type type) => Name is not null && TypeModel.Of(type).Noun is { } noun ? $"{noun} '{Name}'" : Words;
}
