namespace Retort.Compression;

/// <summary>What an axis of a tensor has to do with a network's channels.</summary>
public enum ChannelUse
{
    /// <summary>Each channel is what one filter gives: the first axis of a convolution's or linear layer's weight.</summary>
    Filter,

    /// <summary>Each channel is scaled: a normalisation's weight.</summary>
    Scale,

    /// <summary>Each channel is read: the second axis of the next layer's weight.</summary>
    Input,

    /// <summary>Each channel has a number: a bias, a running mean.</summary>
    Other,
}
