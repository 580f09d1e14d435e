using Retort.Torch.Nn;

namespace Retort.Models;

/// <summary>A model of the catalogue: its name and the options that it starts from.</summary>
/// <param name="Name">What a recipe writes after <c>model:</c>.</param>
/// <param name="Defaults">The options that the name stands for; their type's other properties are what a recipe may set.</param>
public sealed record ModelEntry(string Name, ModelOptions Defaults)
{
    /// <summary>Whether the model is made of others that its options name; it cannot be built from its defaults.</summary>
    public bool IsComposed { get; init; }

    /// <summary>Makes the network with the name's own options.</summary>
    public Module Build() => Defaults.Build();
}
