namespace Retort.Recipes;

/// <summary>Which keys a mapping may have, once the tags in it have chosen their alternatives.</summary>
internal sealed class Shape
{
    /// <summary>The concrete record; null where a tag is missing or names nothing.</summary>
    public Type? Type { get; set; }

    /// <summary>What the record belongs to, where a tag chose it; an inlined choice counts.</summary>
    public Component? Chosen { get; set; }

    /// <summary>All keys of the record and of what is inlined into it.</summary>
    public HashSet<string> Keys { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether <see cref="Keys"/> is all there is; false where a tag chose nothing, so that its keys are
    /// unknown.</summary>
    public bool Known { get; set; } = true;

    /// <summary>Whether an optional choice is not made at all.</summary>
    public bool Absent { get; set; }

    /// <summary>Whether a stronger text changed the tag, so that options of the former choice fall away.</summary>
    public bool TagReplaced { get; set; }

    public Dictionary<PropertyModel, Shape> Inlined { get; } = [];
}
