namespace Retort.Data;

/// <summary>Marks the one option that a record's value may be written as: <c>random-crop: 8</c> for <c>random-crop: { padding: 8
/// }</c>.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ShorthandAttribute : Attribute;
