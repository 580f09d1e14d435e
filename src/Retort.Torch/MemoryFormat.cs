namespace Retort.Torch;

/// <summary>How a tensor's dimensions lie in memory. The numbers are libtorch's own.</summary>
public enum MemoryFormat
{
    /// <summary>Row-major: the last dimension is the densest.</summary>
    Contiguous = 0,

    /// <summary>The source's own layout.</summary>
    Preserve = 1,

    /// <summary>[N, C, H, W] with the channels densest.</summary>
    ChannelsLast = 2,
}
