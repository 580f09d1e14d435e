namespace Retort.Data;

/// <summary>Puts a transform into the catalogue: stands at the record of its options.</summary>
/// <param name="name">What a recipe writes under <c>augment:</c>, in kebab-case.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class TransformAttribute(string name) : Attribute
{
    /// <summary>What a recipe writes under <c>augment:</c>.</summary>
    public string Name { get; } = name;
}
