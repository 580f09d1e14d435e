namespace Retort.Methods.Compression;

/// <summary>What of two classifiers' gradients is compared.</summary>
public enum GradientRelation
{
    /// <summary>How alike the gradients of two classes are, for all pairs.</summary>
    Classes,

    /// <summary>How alike two channels are in one class's gradient, for all pairs and classes.</summary>
    Channels,
}
