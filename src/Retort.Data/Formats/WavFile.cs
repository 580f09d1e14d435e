using System.Buffers.Binary;

namespace Retort.Data.Formats;

/// <summary>Reads WAV files: PCM of 8, 16, 24 or 32 bits and 32-bit float, up to eight channels.</summary>
public static class WavFile
{
    private const int MaxChannels = 8;
    private const int MaxSampleRate = 1_000_000;
    private const int MaxSamples = 1 << 28;
    private const ushort Pcm = 1;
    private const ushort IeeeFloat = 3;
    private const ushort Extensible = 0xFFFE;

    /// <summary>Reads a whole file.</summary>
    /// <param name="path">A RIFF WAVE file, plain or gzip whatever its name.</param>
    /// <exception cref="DataFormatException">The file is no WAV file, is cut off, or has an encoding that is not
    /// supported.</exception>
    public static WavAudio Read(string path)
    {
        using ByteSource source = ByteSource.Open(path);
        return Read(source);
    }

    /// <summary>Reads from a seekable stream.</summary>
    /// <param name="stream">The content from its first byte on; disposed when read.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="DataFormatException">As for a file.</exception>
    public static WavAudio Read(Stream stream, string name)
    {
        using ByteSource source = ByteSource.Wrap(stream, name);
        return Read(source);
    }

    private static WavAudio Read(ByteSource source)
    {
        Span<byte> head = stackalloc byte[12];
        source.ReadExactly(head, "the RIFF header");
        if (!head[..4].SequenceEqual("RIFF"u8) || !head[8..].SequenceEqual("WAVE"u8))
            throw new DataFormatException(
                source.Name, "byte 0", "no RIFF WAVE header; a WAV file starts with 'RIFF', a size and 'WAVE'");

        Format? format = null;
        Span<byte> chunk = stackalloc byte[8];
        while (true)
        {
            int got = source.Read(chunk);
            if (got < 8)
                throw source.Fail($"the file ends without a '{(format is null ? "fmt " : "data")}' chunk");
            uint size = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
            if (size > source.MaxLength - source.Position)
                throw source.Fail($"a chunk claims {size} bytes; at most {source.MaxLength - source.Position} can follow");
            if (chunk[..4].SequenceEqual("fmt "u8))
                format = ReadFormat(source, size);
            else if (chunk[..4].SequenceEqual("data"u8))
                return ReadData(source, size, format ?? throw source.Fail("the 'data' chunk comes before the 'fmt ' chunk"));
            else
                Skip(source, size);
            if (size % 2 == 1)
                Skip(source, 1);   // chunks start at even places
        }
    }

    private static Format ReadFormat(ByteSource source, uint size)
    {
        long start = source.Position;
        if (size is < 16 or > 4096)
            throw source.Fail($"the 'fmt ' chunk has {size} bytes; 16 to 4096 are allowed");
        Span<byte> bytes = stackalloc byte[(int)size];
        source.ReadExactly(bytes, "the 'fmt ' chunk");
        ushort code = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        ushort channels = BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]);
        uint rate = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
        ushort align = BinaryPrimitives.ReadUInt16LittleEndian(bytes[12..]);
        ushort bits = BinaryPrimitives.ReadUInt16LittleEndian(bytes[14..]);
        if (code == Extensible && size >= 26)
            code = BinaryPrimitives.ReadUInt16LittleEndian(bytes[24..]);   // the real code heads the sub-format's identifier

        bool supported = (code == Pcm && bits is 8 or 16 or 24 or 32) || (code == IeeeFloat && bits == 32);
        if (!supported)
        {
            throw new DataFormatException(source.Name, $"byte {start}",
                $"encoding {code} with {bits} bits; PCM (1) of 8, 16, 24 or 32 bits and float (3) of 32 bits are supported");
        }
        if (channels is 0 or > MaxChannels)
            throw new DataFormatException(
                source.Name, $"byte {start + 2}", $"{channels} channels; 1 to {MaxChannels} are allowed");
        if (rate is 0 or > MaxSampleRate)
            throw new DataFormatException(
                source.Name, $"byte {start + 4}", $"{rate} samples a second; 1 to {MaxSampleRate} are allowed");
        if (align != channels * (bits / 8))
            throw new DataFormatException(
                source.Name, $"byte {start + 12}", $"{align} bytes a frame; {channels} × {bits / 8} are expected");
        return new Format(code == IeeeFloat, channels, (int)rate, bits / 8);
    }

    private static WavAudio ReadData(ByteSource source, uint size, Format format)
    {
        int frameBytes = format.Channels * format.SampleBytes;
        if (size % frameBytes != 0)
            throw source.Fail($"the 'data' chunk has {size} bytes; a multiple of {frameBytes} (one frame) is expected");
        if (size / format.SampleBytes > MaxSamples)
            throw source.Fail($"the 'data' chunk has {size / format.SampleBytes} samples; at most {MaxSamples} are supported");
        int frames = (int)(size / frameBytes);
        float[][] channels = new float[format.Channels][];
        for (int c = 0; c < channels.Length; c++)
            channels[c] = new float[frames];

        byte[] block = new byte[frameBytes * 4096];
        for (int done = 0; done < frames;)
        {
            int now = Math.Min(4096, frames - done);
            source.ReadExactly(block.AsSpan(0, now * frameBytes), "the samples");
            for (int i = 0; i < now * format.Channels; i++)
                channels[i % format.Channels][done + (i / format.Channels)] =
                    Sample(block.AsSpan(i * format.SampleBytes), format);
            done += now;
        }
        return new WavAudio(format.SampleRate, channels);
    }

    private static float Sample(ReadOnlySpan<byte> bytes, Format format) => format.SampleBytes switch
    {
        1 => (bytes[0] - 128) / 128f,
        2 => BinaryPrimitives.ReadInt16LittleEndian(bytes) / 32768f,
        3 => (bytes[0] | (bytes[1] << 8) | ((sbyte)bytes[2] << 16)) / 8388608f,
        _ => format.IsFloat
            ? BinaryPrimitives.ReadSingleLittleEndian(bytes)
            : BinaryPrimitives.ReadInt32LittleEndian(bytes) / 2147483648f,
    };

    private static void Skip(ByteSource source, uint count)
    {
        Span<byte> buffer = stackalloc byte[512];
        while (count > 0)
        {
            int now = (int)Math.Min(count, (uint)buffer.Length);
            source.ReadExactly(buffer[..now], "a chunk");
            count -= (uint)now;
        }
    }

    private sealed record Format(bool IsFloat, int Channels, int SampleRate, int SampleBytes);
}
