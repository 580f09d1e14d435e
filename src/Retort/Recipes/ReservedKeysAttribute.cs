namespace Retort.Recipes;

/// <summary>Names keys of a record that are consumed before binding, so that lists of its keys and the schema still have
/// them.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class ReservedKeysAttribute(params string[] keys) : Attribute
{
    public string[] Keys { get; } = keys;
}
