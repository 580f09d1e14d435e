namespace Retort.Recipes;

/// <summary>Demands that a <see cref="FilePath"/> leads to a file or folder when the recipe is checked.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MustExistAttribute : Attribute;
