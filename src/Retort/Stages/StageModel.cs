namespace Retort.Stages;

/// <summary>A network whose weights a stage leaves in its folder.</summary>
/// <param name="Role">The role that says which network it is.</param>
/// <param name="Peer">What follows the stage's name and a slash in the model's own name; null where the stage's name is the
/// model's.</param>
public sealed record StageModel(string Role, string? Peer = null)
{
    /// <summary>The file in the stage's folder.</summary>
    public string File => Peer is null ? "model.safetensors" : $"model-{Peer}.safetensors";

    /// <summary>What other stages call it.</summary>
    /// <param name="stage">The stage's name.</param>
    public string NameIn(string stage) => Peer is null ? stage : $"{stage}/{Peer}";
}
