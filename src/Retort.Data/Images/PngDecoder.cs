using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Retort.Data.Images;

/// <summary>Decodes PNG through libpng's simplified interface.</summary>
/// <remarks>Before libpng sees it, the file is walked chunk by chunk: sizes are checked, and all that does not make the
/// pixels (gamma, profiles, text) is left out, both because pipelines ignore it and because it need not be trusted.</remarks>
internal static unsafe class PngDecoder
{
    private const uint FormatAlpha = 1;
    private const uint FormatColour = 2;
    private const uint Flag16BitSrgb = 4;
    private const long MaxDeflateRatio = 1032;

    private static readonly Lazy<Api> Library = new(() => new Api());

    private static ReadOnlySpan<byte> Signature => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    public static bool Recognises(ReadOnlySpan<byte> data) => data.StartsWith(Signature[..4]);

    public static Image Decode(ReadOnlySpan<byte> data, string name, ImageDecodeOptions options)
    {
        Header header = Clean(data, name, options, out byte[] clean);
        int stored = (header.IsColour ? 3 : 1) + (header.HasAlpha ? 1 : 0);
        byte[] pixels = new byte[(long)header.Width * header.Height * stored];
        uint format = (header.IsColour ? FormatColour : 0) | (header.HasAlpha ? FormatAlpha : 0);
        Read(clean, pixels, format, header, name);

        int wanted = options.Mode switch
        {
            ImageMode.Grey => 1,
            ImageMode.Rgb => 3,
            ImageMode.Rgba => 4,
            _ => header.IsColour ? 3 : 1,
        };
        if (stored == 2)
            return FromGreyAlpha(header, pixels, wanted);
        return new Image(header.Width, header.Height, stored, pixels).WithChannels(wanted);
    }

    private static Header Clean(ReadOnlySpan<byte> data, string name, ImageDecodeOptions options, out byte[] clean)
    {
        if (!data.StartsWith(Signature))
            throw new DataFormatException(name, "byte 0", "the PNG signature is damaged; 89 50 4E 47 0D 0A 1A 0A is expected");
        using MemoryStream kept = new(data.Length);
        kept.Write(Signature);
        Header? header = null;
        long packed = 0;
        bool transparency = false;
        int at = Signature.Length;
        while (true)
        {
            if (data.Length - at < 12)
                throw new DataFormatException(name, $"byte {at}", "the PNG file is cut off: it ends before its IEND chunk");
            uint length = BinaryPrimitives.ReadUInt32BigEndian(data[at..]);
            if (length > data.Length - at - 12)
            {
                throw new DataFormatException(name, $"byte {at}",
                    $"a PNG chunk claims {length} bytes; {data.Length - at - 12} are there (the file is cut off or damaged)");
            }
            ReadOnlySpan<byte> type = data.Slice(at + 4, 4);
            ReadOnlySpan<byte> chunk = data.Slice(at, (int)length + 12);
            if (header is null)
                header = ReadHeader(type, chunk[8..^4], name, options);
            bool critical = (type[0] & 0x20) == 0;
            bool trns = type.SequenceEqual("tRNS"u8);
            if (critical || trns)
                kept.Write(chunk);
            transparency |= trns;
            packed += type.SequenceEqual("IDAT"u8) ? length : 0;
            at += chunk.Length;
            if (type.SequenceEqual("IEND"u8))
                break;
        }

        long raw = header.Height * ((((long)header.Width * header.BitsPerPixel) + 7) / 8);
        if (raw / MaxDeflateRatio > packed)
        {
            throw new DataFormatException(name, "IDAT",
                $"{packed} bytes of pixel data cannot hold a picture of {header.Width} × {header.Height}");
        }
        clean = kept.ToArray();
        return header with { HasAlpha = header.HasAlpha || transparency };
    }

    private static Header ReadHeader(ReadOnlySpan<byte> type, ReadOnlySpan<byte> bytes, string name, ImageDecodeOptions options)
    {
        if (!type.SequenceEqual("IHDR"u8) || bytes.Length != 13)
            throw new DataFormatException(name, "byte 8", "the first PNG chunk must be an IHDR of 13 bytes");
        uint width = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        uint height = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]);
        ImageFile.RequireSize(width, height, name, "IHDR", options);
        int depth = bytes[8];
        int colour = bytes[9];
        int samples = colour switch { 0 or 3 => 1, 2 => 3, 4 => 2, 6 => 4, _ => 0 };
        bool allowed = colour switch
        {
            0 => depth is 1 or 2 or 4 or 8 or 16,
            3 => depth is 1 or 2 or 4 or 8,
            _ => samples > 0 && depth is 8 or 16,
        };
        if (!allowed)
            throw new DataFormatException(name, "IHDR", $"colour type {colour} with {depth} bits, which PNG does not allow");
        return new Header((int)width, (int)height, samples * depth, IsColour: colour is 2 or 3 or 6, HasAlpha: colour is 4 or 6);
    }

    private static void Read(byte[] clean, byte[] pixels, uint format, Header header, string name)
    {
        Api api = Library.Value;
        PngImage image = default;
        image.Version = 1;
        fixed (byte* source = clean)
        fixed (byte* target = pixels)
        {
            try
            {
                if (api.Begin(&image, source, (nuint)clean.Length) == 0 || image.Failed)
                    throw Fail(&image, name);
                if (image.Width != header.Width || image.Height != header.Height)
                    throw new DataFormatException(name, "IHDR", "the header is given twice with different sizes");
                image.Format = format;
                image.Flags |= Flag16BitSrgb;   // 16-bit samples are scaled, not taken for linear light
                if (api.Finish(&image, null, target, 0, null) == 0 || image.Failed)
                    throw Fail(&image, name);
            }
            finally
            {
                api.Free(&image);
            }
        }
    }

    private static DataFormatException Fail(PngImage* image, string name)
    {
        string text = Marshal.PtrToStringUTF8((nint)image->Message) ?? "";
        return new DataFormatException(name, "PNG", $"the picture is damaged or cut off (libpng: {text})");
    }

    private static Image FromGreyAlpha(Header header, byte[] pixels, int wanted)
    {
        Image result = new(header.Width, header.Height, wanted);
        for (int i = 0; i < header.Width * header.Height; i++)
        {
            Span<byte> pixel = result.Pixels.AsSpan(i * wanted, wanted);
            pixel.Fill(pixels[2 * i]);
            if (wanted == 4)
                pixel[3] = pixels[(2 * i) + 1];
        }
        return result;
    }

    private sealed record Header(int Width, int Height, int BitsPerPixel, bool IsColour, bool HasAlpha);

    // png_image of png.h, version 1.
    [StructLayout(LayoutKind.Sequential)]
    private struct PngImage
    {
        public nint Opaque;
        public uint Version;
        public uint Width;
        public uint Height;
        public uint Format;
        public uint Flags;
        public uint ColormapEntries;
        public uint WarningOrError;
        public fixed byte Message[64];

        // Extra data after a complete picture is a warning that some encoders cause; every other one means damage.
        public readonly bool Failed =>
            WarningOrError != 0 && !HasText("Extra compressed data"u8) && !HasText("Too much image data"u8);

        private readonly bool HasText(ReadOnlySpan<byte> text)
        {
            fixed (byte* message = Message)
                return new ReadOnlySpan<byte>(message, 64).IndexOf(text) >= 0;
        }
    }

    private sealed class Api
    {
        private readonly delegate* unmanaged[Cdecl]<PngImage*, byte*, nuint, int> _begin;
        private readonly delegate* unmanaged[Cdecl]<PngImage*, void*, byte*, int, void*, int> _finish;
        private readonly delegate* unmanaged[Cdecl]<PngImage*, void> _free;

        public Api()
        {
            nint handle = NativeImageLibrary.Load("libpng 1.6, which reads PNG pictures,", "libpng16-16", "libpng",
                "libpng16.so.16", "libpng16.so", "libpng16.16.dylib", "libpng16.dylib", "libpng16.dll");
            _begin = (delegate* unmanaged[Cdecl]<PngImage*, byte*, nuint, int>)
                NativeLibrary.GetExport(handle, "png_image_begin_read_from_memory");
            _finish = (delegate* unmanaged[Cdecl]<PngImage*, void*, byte*, int, void*, int>)
                NativeLibrary.GetExport(handle, "png_image_finish_read");
            _free = (delegate* unmanaged[Cdecl]<PngImage*, void>)NativeLibrary.GetExport(handle, "png_image_free");
        }

        public int Begin(PngImage* image, byte* data, nuint length) => _begin(image, data, length);

        public int Finish(PngImage* image, void* background, byte* target, int stride, void* colours) =>
            _finish(image, background, target, stride, colours);

        public void Free(PngImage* image) => _free(image);
    }
}
