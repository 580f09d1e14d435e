namespace Retort.Recipes;

/// <summary>Says what messages call a record that has a name of its own in the recipe: <c>role 'teacher'</c>.</summary>
/// <param name="noun">The word.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class NounAttribute(string noun) : Attribute
{
    /// <summary>The word.</summary>
    public string Noun { get; } = noun;
}
