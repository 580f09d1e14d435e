namespace Retort.Data.Images;

/// <summary>What a decoded picture is to look like.</summary>
public enum ImageMode
{
    /// <summary>Grey where the file is grey, else red-green-blue; alpha is dropped.</summary>
    Stored,

    /// <summary>One channel.</summary>
    Grey,

    /// <summary>Three channels; alpha is dropped.</summary>
    Rgb,

    /// <summary>Four channels; opaque where the file has no alpha.</summary>
    Rgba,
}

/// <summary>How pictures are decoded.</summary>
public sealed record ImageDecodeOptions
{
    /// <summary>The channels wanted. The default leaves grey grey and colour colour.</summary>
    public ImageMode Mode { get; init; } = ImageMode.Stored;

    /// <summary>The most pixels a picture may have. The default is 64 Mi (8192 × 8192).</summary>
    public long MaxPixels { get; init; } = 1L << 26;

    /// <summary>The longest file that is read, in bytes. The default is 256 MiB.</summary>
    public long MaxFileBytes { get; init; } = 1L << 28;
}

/// <summary>Reads PNG and JPEG pictures.</summary>
/// <remarks>Sizes are checked before memory is taken. A file that is cut off or damaged is an error, never a picture that is
/// half grey. Embedded colour profiles, gamma and orientation are ignored, as torchvision does.</remarks>
public static class ImageFile
{
    private static readonly ImageDecodeOptions Defaults = new();

    /// <summary>Reads a picture.</summary>
    /// <param name="path">A PNG or JPEG file, told by its first bytes and not by its name.</param>
    /// <param name="options">What to make of it; null for the defaults.</param>
    /// <exception cref="DataFormatException">The file is neither, is damaged, or exceeds a limit.</exception>
    /// <exception cref="DllNotFoundException">The system's library for the format is missing; the message names the
    /// package.</exception>
    public static Image Load(string path, ImageDecodeOptions? options = null)
    {
        options ??= Defaults;
        long length = new FileInfo(path).Length;
        if (length > Math.Min(options.MaxFileBytes, Array.MaxLength))
            throw new DataFormatException(
                path, "file", $"{length} bytes; at most {options.MaxFileBytes} are allowed for a picture");
        return Decode(File.ReadAllBytes(path), path, options);
    }

    /// <summary>Decodes a picture in memory.</summary>
    /// <param name="data">The bytes of a PNG or JPEG file.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="options">What to make of it; null for the defaults.</param>
    /// <exception cref="DataFormatException">The bytes are neither, are damaged, or exceed a limit.</exception>
    /// <exception cref="DllNotFoundException">The system's library for the format is missing; the message names the
    /// package.</exception>
    public static Image Decode(ReadOnlySpan<byte> data, string name, ImageDecodeOptions? options = null)
    {
        options ??= Defaults;
        if (PngDecoder.Recognises(data))
            return PngDecoder.Decode(data, name, options);
        if (JpegDecoder.Recognises(data))
            return JpegDecoder.Decode(data, name, options);
        throw new DataFormatException(name, "byte 0", "neither a PNG (89 50 4E 47 …) nor a JPEG (FF D8 FF …) picture");
    }

    internal static void RequireSize(long width, long height, string name, string place, ImageDecodeOptions options)
    {
        if (width < 1 || height < 1 || width * height > options.MaxPixels)
        {
            throw new DataFormatException(name, place,
                $"the picture is {width} × {height}; at least 1 × 1 and at most {options.MaxPixels} pixels are allowed");
        }
    }
}
