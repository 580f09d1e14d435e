namespace Retort.Data;

/// <summary>Puts a data set into the catalogue: stands at the record of its options.</summary>
/// <param name="name">What a recipe writes after <c>dataset:</c>, in kebab-case.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class DatasetAttribute(string name) : Attribute
{
    /// <summary>What a recipe writes after <c>dataset:</c>.</summary>
    public string Name { get; } = name;
}
