namespace Retort.Recipes;

/// <summary>Marks the one property that a record's value may be written as: <c>resize: 32</c> for <c>resize: { size: 32
/// }</c>.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ShorthandAttribute : Attribute;
