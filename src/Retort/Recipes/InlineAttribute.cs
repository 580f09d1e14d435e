namespace Retort.Recipes;

/// <summary>Writes the keys of a property's record beside the keys of its owner, instead of below a key of its own.</summary>
/// <remarks>With a choice that has a tag, <c>data: { dataset: glyphs, noise: 0.1, batch_size: 128 }</c> is one mapping whose
/// <c>noise</c> belongs to the data set and whose <c>batch_size</c> to the owner.</remarks>
[AttributeUsage(AttributeTargets.Property)]
public sealed class InlineAttribute : Attribute;
