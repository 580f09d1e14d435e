using System.Runtime.InteropServices;

namespace Retort.Data.Images;

/// <summary>Decodes JPEG through libjpeg-turbo's TurboJPEG interface.</summary>
internal static unsafe class JpegDecoder
{
    private const int PixelRgb = 0;
    private const int PixelGrey = 6;
    private const int PixelCmyk = 11;
    private const int SpaceGrey = 2;
    private const int SpaceCmyk = 3;
    private const int SpaceYcck = 4;
    private const int FlagLimitScans = 1 << 15;

    private static readonly Lazy<Api> Library = new(() => new Api());

    public static bool Recognises(ReadOnlySpan<byte> data) => data is [0xFF, 0xD8, 0xFF, ..];

    public static Image Decode(ReadOnlySpan<byte> data, string name, ImageDecodeOptions options)
    {
        Api api = Library.Value;
        nint decoder = api.Init();
        if (decoder == 0)
            throw new InvalidOperationException("libjpeg-turbo could not create a decoder: there is not enough memory.");
        try
        {
            fixed (byte* bytes = data)
            {
                int width, height, sampling, space;
                if (api.Header(decoder, bytes, data.Length, &width, &height, &sampling, &space) != 0)
                    throw Fail(api, decoder, name);
                ImageFile.RequireSize(width, height, name, "header", options);

                bool fourInks = space is SpaceCmyk or SpaceYcck;
                bool grey = space == SpaceGrey;
                int channels = fourInks ? 4 : grey ? 1 : 3;
                byte[] pixels = new byte[(long)width * height * channels];
                fixed (byte* target = pixels)
                {
                    int format = fourInks ? PixelCmyk : grey ? PixelGrey : PixelRgb;
                    if (api.Decompress(decoder, bytes, data.Length, target, width, height, format, FlagLimitScans) != 0 &&
                        !IsHarmless(api.Error(decoder), data))
                    {
                        throw Fail(api, decoder, name);
                    }
                }
                Image image = fourInks ? FromInks(width, height, pixels) : new Image(width, height, channels, pixels);
                return image.WithChannels(options.Mode switch
                {
                    ImageMode.Grey => 1,
                    ImageMode.Rgb => 3,
                    ImageMode.Rgba => 4,
                    _ => grey ? 1 : 3,
                });
            }
        }
        finally
        {
            api.Destroy(decoder);
        }
    }

    // Stray bytes between segments are common in the wild and lose nothing, provided that the picture has its end.
    private static bool IsHarmless(string error, ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<byte> endOfImage = [0xFF, 0xD9];
        ReadOnlySpan<byte> startOfScan = [0xFF, 0xDA];
        return error.Contains("extraneous bytes", StringComparison.Ordinal)
            && data.LastIndexOf(endOfImage) > data.LastIndexOf(startOfScan);
    }

    private static DataFormatException Fail(Api api, nint decoder, string name) =>
        new(name, "JPEG", $"the picture is damaged or cut off (libjpeg-turbo: {api.Error(decoder)})");

    // Adobe's files hold inverted inks, so that white is 255: the product is the light that comes through.
    private static Image FromInks(int width, int height, byte[] inks)
    {
        Image result = new(width, height, 3);
        for (int i = 0; i < width * height; i++)
        {
            for (int c = 0; c < 3; c++)
                result.Pixels[(3 * i) + c] = (byte)(((inks[(4 * i) + c] * inks[(4 * i) + 3]) + 127) / 255);
        }
        return result;
    }

    private sealed class Api
    {
        private readonly delegate* unmanaged[Cdecl]<nint> _init;
        private readonly delegate* unmanaged[Cdecl]<nint, int> _destroy;
        private readonly delegate* unmanaged[Cdecl]<nint, byte*> _error;
        private readonly delegate* unmanaged[Cdecl]<nint, byte*, CULong, int*, int*, int*, int*, int> _header;
        private readonly delegate* unmanaged[Cdecl]<nint, byte*, CULong, byte*, int, int, int, int, int, int> _decompress;

        public Api()
        {
            nint handle = NativeImageLibrary.Load("libjpeg-turbo, which reads JPEG pictures,", "libturbojpeg0", "jpeg-turbo",
                "libturbojpeg.so.0", "libturbojpeg.so", "libturbojpeg.0.dylib", "libturbojpeg.dylib", "turbojpeg.dll");
            _init = (delegate* unmanaged[Cdecl]<nint>)NativeLibrary.GetExport(handle, "tjInitDecompress");
            _destroy = (delegate* unmanaged[Cdecl]<nint, int>)NativeLibrary.GetExport(handle, "tjDestroy");
            _error = (delegate* unmanaged[Cdecl]<nint, byte*>)NativeLibrary.GetExport(handle, "tjGetErrorStr2");
            _header = (delegate* unmanaged[Cdecl]<nint, byte*, CULong, int*, int*, int*, int*, int>)
                NativeLibrary.GetExport(handle, "tjDecompressHeader3");
            _decompress = (delegate* unmanaged[Cdecl]<nint, byte*, CULong, byte*, int, int, int, int, int, int>)
                NativeLibrary.GetExport(handle, "tjDecompress2");
        }

        public nint Init() => _init();

        public void Destroy(nint decoder) => _ = _destroy(decoder);

        public string Error(nint decoder) => Marshal.PtrToStringUTF8((nint)_error(decoder)) ?? "";

        public int Header(nint decoder, byte* data, int length, int* width, int* height, int* sampling, int* space) =>
            _header(decoder, data, new CULong((uint)length), width, height, sampling, space);

        // A pitch of 0 means rows without padding.
        public int Decompress(nint decoder, byte* data, int length, byte* target, int width, int height, int format, int flags) =>
            _decompress(decoder, data, new CULong((uint)length), target, width, 0, height, format, flags);
    }
}
