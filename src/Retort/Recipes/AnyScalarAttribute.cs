namespace Retort.Recipes;

/// <summary>Lets texts be written as numbers or truth values too, where they stand for values of another thing's
/// options.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class AnyScalarAttribute : Attribute;
