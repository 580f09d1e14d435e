namespace Retort.Models;

/// <summary>Says where in a network its features lie, so that a method can tap it without knowing the architecture.</summary>
/// <remarks>Every string is the path of a module inside the model, as a tap or a checkpoint names it.</remarks>
public interface IHasFeatures
{
    /// <summary>The module whose output [N, D] is the pooled feature that the head turns into logits;
    /// [N, T, D] of tokens.</summary>
    public string LastFeature { get; }

    /// <summary>The modules after which the resolution or the depth steps on, first to last.</summary>
    public IReadOnlyList<string> Stages { get; }

    /// <summary>The linear layer that gives the logits [N, classes], or [N, T, vocabulary].</summary>
    public string Head { get; }
}
