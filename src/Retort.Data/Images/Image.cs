namespace Retort.Data.Images;

/// <summary>A picture in memory: 8 bits a channel, row by row, the channels of a pixel side by side.</summary>
public sealed class Image
{
    /// <summary>Wraps pixels without copying them.</summary>
    /// <param name="width">Pixels in a row, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="channels">1 grey, 3 red-green-blue, 4 with alpha (not premultiplied).</param>
    /// <param name="pixels">height × width × channels bytes.</param>
    /// <exception cref="ArgumentException">A size is out of range or does not fit the number of bytes.</exception>
    public Image(int width, int height, int channels, byte[] pixels)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentNullException.ThrowIfNull(pixels);
        if (channels is not (1 or 3 or 4))
            throw new ArgumentOutOfRangeException(nameof(channels), channels, "A picture has 1, 3 or 4 channels.");
        if ((long)width * height * channels != pixels.Length)
            throw new ArgumentException($"{pixels.Length} bytes; {width} × {height} × {channels} are expected.", nameof(pixels));
        Width = width;
        Height = height;
        Channels = channels;
        Pixels = pixels;
    }

    /// <summary>Creates a black picture.</summary>
    /// <exception cref="ArgumentException">A size is out of range.</exception>
    public Image(int width, int height, int channels)
        : this(width, height, channels, new byte[checked(width * height * channels)])
    {
    }

    /// <summary>Pixels in a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>1 grey, 3 red-green-blue, 4 with alpha.</summary>
    public int Channels { get; }

    /// <summary>The bytes themselves, [Height, Width, Channels].</summary>
    public byte[] Pixels { get; }

    /// <summary>Copies a rectangle that lies within the picture.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The rectangle is empty or reaches outside.</exception>
    public Image Crop(int left, int top, int width, int height)
    {
        if (left < 0 || top < 0 || width < 1 || height < 1 || left > Width - width || top > Height - height)
        {
            throw new ArgumentOutOfRangeException(nameof(left),
                $"The rectangle {width} × {height} at ({left}, {top}) does not lie within {Width} × {Height}.");
        }
        Image result = new(width, height, Channels);
        int row = width * Channels;
        for (int y = 0; y < height; y++)
            Array.Copy(Pixels, (((top + y) * Width) + left) * Channels, result.Pixels, y * row, row);
        return result;
    }

    /// <summary>The bytes plane by plane, as tensors of pictures hold them.</summary>
    /// <param name="planes">Receives [Channels, Height, Width].</param>
    /// <exception cref="ArgumentException"><paramref name="planes"/> has another length.</exception>
    public void CopyPlanar(Span<byte> planes)
    {
        if (planes.Length != Pixels.Length)
            throw new ArgumentException($"{planes.Length} bytes; {Pixels.Length} are expected.", nameof(planes));
        int area = Width * Height;
        for (int c = 0; c < Channels; c++)
        {
            Span<byte> plane = planes.Slice(c * area, area);
            for (int i = 0; i < area; i++)
                plane[i] = Pixels[(i * Channels) + c];
        }
    }

    /// <summary>The picture with another number of channels: alpha is dropped or opaque, grey by the ITU-R 601 luma.</summary>
    /// <param name="channels">1, 3 or 4.</param>
    /// <returns>This very picture where it has that many already.</returns>
    public Image WithChannels(int channels)
    {
        if (channels == Channels)
            return this;
        Image result = new(Width, Height, channels);
        byte[] to = result.Pixels;
        for (int i = 0, s = 0, d = 0; i < Width * Height; i++, s += Channels, d += channels)
        {
            if (channels == 1)
            {
                // The weights that Pillow uses, so that grey pictures equal those a PyTorch pipeline feeds.
                to[d] = (byte)(((Pixels[s] * 19595) + (Pixels[s + 1] * 38470) + (Pixels[s + 2] * 7471) + 0x8000) >> 16);
                continue;
            }
            for (int c = 0; c < 3; c++)
                to[d + c] = Pixels[Channels == 1 ? s : s + c];
            if (channels == 4)
                to[d + 3] = 255;
        }
        return result;
    }
}
