using System.IO.Compression;

namespace Retort.Data.Formats;

/// <summary>Unpacks gzip and fails where it is cut off, which <see cref="GZipStream"/> takes for a proper end.</summary>
/// <remarks>A gzip file may consist of several members, so one of our own is put after the last: if the file is whole, our
/// known bytes come out at the end; if it is cut, they are taken for more of its data and do not.</remarks>
internal sealed class CompleteGzipStream : Stream
{
    private static readonly byte[] Mark = "retort: gzip end"u8.ToArray();
    private static readonly byte[] MarkMember = Pack(Mark);

    private readonly GZipStream _gzip;
    private readonly byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;
    private bool _ended;

    public CompleteGzipStream(Stream packed) =>
        _gzip = new GZipStream(new Followed(packed, MarkMember), CompressionMode.Decompress);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        // The last bytes are held back until it is known whether they are the mark.
        while (!_ended && _end - _start <= Mark.Length)
            Refill();
        int ready = Math.Min(buffer.Length, Math.Max(0, _end - _start - (_ended ? 0 : Mark.Length)));
        _buffer.AsSpan(_start, ready).CopyTo(buffer);
        _start += ready;
        return ready;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _gzip.Dispose();
        base.Dispose(disposing);
    }

    private static byte[] Pack(byte[] bytes)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.NoCompression))
            gzip.Write(bytes);
        return packed.ToArray();
    }

    private void Refill()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        _end -= _start;
        _start = 0;
        int got = _gzip.Read(_buffer, _end, _buffer.Length - _end);
        _end += got;
        if (got > 0)
            return;
        if (!_buffer.AsSpan(0, _end).EndsWith(Mark))
            throw new InvalidDataException("its end is missing");
        _end -= Mark.Length;
        _ended = true;
    }

    /// <summary>A stream and then some bytes.</summary>
    private sealed class Followed(Stream first, byte[] then) : Stream
    {
        private int _given;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            int got = first.Read(buffer);
            if (got > 0 || buffer.IsEmpty)
                return got;
            int ready = Math.Min(buffer.Length, then.Length - _given);
            then.AsSpan(_given, ready).CopyTo(buffer);
            _given += ready;
            return ready;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                first.Dispose();
            base.Dispose(disposing);
        }
    }
}
