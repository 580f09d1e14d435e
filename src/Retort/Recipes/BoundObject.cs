namespace Retort.Recipes;

/// <summary>Where an options record and its properties stand in the recipe.</summary>
internal sealed class BoundObject(SourceSpan owner)
{
    public SourceSpan Owner { get; } = owner;

    /// <summary>Places of property values, by the property's C# name.</summary>
    public Dictionary<string, SourceSpan> Values { get; } = new(StringComparer.Ordinal);

    /// <summary>Places of the items of list and dictionary properties, by the property's C# name and the item's index or
    /// key.</summary>
    public Dictionary<(string Property, object Item), SourceSpan> Items { get; } = [];
}
