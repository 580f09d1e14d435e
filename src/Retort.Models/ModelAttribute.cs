namespace Retort.Models;

/// <summary>Puts a model into the catalogue under a name.</summary>
/// <remarks>Stands at a static method that takes the name and returns the <see cref="ModelOptions"/> it stands for.</remarks>
/// <param name="name">What a recipe writes after <c>model:</c>, in kebab-case.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class ModelAttribute(string name) : Attribute
{
    /// <summary>What a recipe writes after <c>model:</c>.</summary>
    public string Name { get; } = name;

    /// <summary>Whether the model is made of others, and so is nothing until a recipe says of which.</summary>
    public bool IsComposed { get; init; }
}
