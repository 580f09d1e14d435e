using System.Globalization;

namespace Retort.Torch;

/// <summary>The kind of a device. The numbers are libtorch's own.</summary>
public enum DeviceType
{
    /// <summary>The host's processor.</summary>
    Cpu = 0,

    /// <summary>An NVIDIA GPU.</summary>
    Cuda = 1,

    /// <summary>Nowhere: tensors have shapes but no memory.</summary>
    Meta = 14,
}

/// <summary>Where a tensor's data lives.</summary>
/// <param name="Type">The kind of device.</param>
/// <param name="Index">Which one of that kind, from 0; −1 is the current one.</param>
public readonly record struct Device(DeviceType Type, int Index = -1)
{
    /// <summary>The host's processor.</summary>
    public static Device Cpu { get; } = new(DeviceType.Cpu);

    /// <summary>Nowhere: for tensors that have a shape but no memory.</summary>
    public static Device Meta { get; } = new(DeviceType.Meta);

    /// <summary>The GPU of that number.</summary>
    public static Device Cuda(int index = 0) => new(DeviceType.Cuda, index);

    /// <summary>Reads <c>cpu</c>, <c>cuda</c> or <c>cuda:1</c>.</summary>
    /// <exception cref="FormatException">The text is none of these.</exception>
    public static Device Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text == "cpu")
            return Cpu;
        if (text == "cuda")
            return Cuda();
        if (text.StartsWith("cuda:", StringComparison.Ordinal)
            && int.TryParse(text.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < 128)
            return Cuda(index);
        throw new FormatException($"'{text}' is no device; use cpu, cuda or cuda:N.");
    }

    /// <inheritdoc/>
    public override string ToString() => Type switch
    {
        DeviceType.Cpu => "cpu",
        DeviceType.Meta => "meta",
        _ => Index < 0 ? "cuda" : string.Create(CultureInfo.InvariantCulture, $"cuda:{Index}"),
    };
}
