namespace Retort.Compression;

/// <summary>Channels that can only go together, wherever tensors count them.</summary>
/// <param name="Channels">How many there are.</param>
/// <param name="IsFixed">Whether they are the network's input or output, and so must stay.</param>
/// <param name="Axes">Every axis that counts them, in the order in which the network computes.</param>
public sealed record ChannelGroup(long Channels, bool IsFixed, IReadOnlyList<ChannelAxis> Axes);
