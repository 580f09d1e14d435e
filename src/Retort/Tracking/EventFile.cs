using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;

namespace Retort.Tracking;

/// <summary>A file of TFRecords: length, masked CRC of the length, data, masked CRC of the data; all little-endian.</summary>
internal sealed class EventFile : IDisposable
{
    private static readonly TimeSpan FollowDelay = TimeSpan.FromSeconds(2);

    private readonly TimeProvider _clock;
    private readonly FileStream _stream;
    private long _written;

    private EventFile(FileStream stream, TimeProvider clock)
    {
        _stream = stream;
        _clock = clock;
        _written = clock.GetTimestamp();
    }

    /// <summary>
    /// Creates a file whose name sorts after those that are in the folder, as TensorBoard reads them in that order.
    /// </summary>
    public static EventFile Create(string folder, TimeProvider clock)
    {
        Directory.CreateDirectory(folder);
        long second = clock.GetUtcNow().ToUnixTimeSeconds();
        for (int attempt = 0; ; attempt++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"events.out.tfevents.{second:D10}.retort.{attempt:D4}");
            string path = Path.Combine(folder, name);
            if (!File.Exists(path) || attempt == 9999)
                return new EventFile(new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 1 << 16), clock);
        }
    }

    /// <summary>Appends a record.</summary>
    public void Write(ReadOnlySpan<byte> data)
    {
        Span<byte> header = stackalloc byte[12];
        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], MaskedCrc(header[..8]));
        _stream.Write(header);
        _stream.Write(data);
        Span<byte> footer = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(footer, MaskedCrc(data));
        _stream.Write(footer);
        if (_clock.GetElapsedTime(_written) >= FollowDelay)
        {
            _stream.Flush();
            _written = _clock.GetTimestamp();
        }
    }

    /// <summary>Waits until the disk has everything.</summary>
    public void Flush() => _stream.Flush(flushToDisk: true);

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    /// <summary>CRC-32C (Castagnoli).</summary>
    public static uint Crc(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        for (; data.Length >= 8; data = data[8..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
        foreach (byte b in data)
            crc = BitOperations.Crc32C(crc, b);
        return ~crc;
    }

    /// <summary>
    /// The CRC as TFRecords carry it: rotated and shifted, so that the CRC of data that holds CRCs stays sound.
    /// </summary>
    public static uint MaskedCrc(ReadOnlySpan<byte> data) => BitOperations.RotateRight(Crc(data), 15) + 0xa282ead8u;
}
