namespace Retort.Compression;

/// <summary>An axis of a parameter or buffer that counts channels.</summary>
/// <param name="Name">The tensor's dotted name.</param>
/// <param name="Axis">The axis.</param>
/// <param name="Repeats">Consecutive places that one channel takes: more than 1 after a feature map was flattened.</param>
/// <param name="Use">What the axis has to do with the channels.</param>
public sealed record ChannelAxis(string Name, int Axis, long Repeats, ChannelUse Use);
