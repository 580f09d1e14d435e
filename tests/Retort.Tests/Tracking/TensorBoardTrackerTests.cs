using System.Buffers.Binary;
using System.Text;
using Google.Protobuf;
using Retort.Tracking;

namespace Retort.Tests.Tracking;

public sealed class TensorBoardTrackerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // RFC 3720, appendix B.4, and the check value of CRC-32C.
    [Fact]
    public void Crc_has_the_known_values()
    {
        Assert.Equal(0xE3069283u, EventFile.Crc("123456789"u8));
        Assert.Equal(0x8A9136AAu, EventFile.Crc(new byte[32]));
        Assert.Equal(0x62A8AB43u, EventFile.Crc([.. Enumerable.Repeat((byte)0xFF, 32)]));
        Assert.Equal(0x46DD794Eu, EventFile.Crc([.. Enumerable.Range(0, 32).Select(i => (byte)i)]));
    }

    // The first record of every event file there is: 24 bytes, and so A3 7F 4B 22 after its length.
    [Fact]
    public void Masked_crc_of_a_length_is_what_other_writers_put_there() =>
        Assert.Equal(0x224B7FA3u, EventFile.MaskedCrc([24, 0, 0, 0, 0, 0, 0, 0]));

    [Fact]
    public void Scalars_come_back_from_the_file()
    {
        using (var tracker = new TensorBoardTracker(_folder.Path, new FixedClock()))
        {
            tracker.Scalars(new TrackPoint("student", 3, 300, 1, 2), [new("loss/kd", 0.5), new("accuracy", double.NaN)]);
            tracker.Scalars(new TrackPoint("student", 3, 301, 1, 2), [new("loss/kd", 0.25)]);
        }

        List<Event> events = ReadFolder("student/seed-3");
        Assert.Equal("brain.Event:2", events[0].FileVersion);
        Assert.Equal(1_700_000_000.5, events[0].WallTime);
        Assert.Equal([0, 300, 301], events.Select(e => e.Step));
        Assert.Equal([("loss/kd", 0.5f), ("accuracy", float.NaN)], events[1].Scalars);
        Assert.Equal([("loss/kd", 0.25f)], events[2].Scalars);
    }

    [Fact]
    public void Text_carries_the_plugin_and_its_bytes()
    {
        using (var tracker = new TensorBoardTracker(_folder.Path))
            tracker.Text(new TrackPoint("a", null, 1, 0, 0), "sample", "grüße");
        byte[] value = ReadFolder("a")[1].Values.Single();
        Assert.True(value.AsSpan().IndexOf("grüße"u8) > 0);
        Assert.True(value.AsSpan().IndexOf("\u0006\u0004text"u8[1..]) > 0);
    }

    [Fact]
    public void Histogram_counts_every_finite_value_once()
    {
        using (var tracker = new TensorBoardTracker(_folder.Path))
            tracker.Histogram(new TrackPoint("a", null, 1, 0, 0), "weights", [-1, 0, 0, 3, float.NaN]);
        Dictionary<int, byte[]> histogram = Fields(Fields(ReadFolder("a")[1].Values.Single())[5]);
        Assert.Equal(-1, BinaryPrimitives.ReadDoubleLittleEndian(histogram[1]));
        Assert.Equal(3, BinaryPrimitives.ReadDoubleLittleEndian(histogram[2]));
        Assert.Equal(4, Doubles(histogram[7]).Sum());
        Assert.Equal(Doubles(histogram[6]).Length, Doubles(histogram[7]).Length);
        Assert.Equal(3, Doubles(histogram[6])[^1], 1e-9);
    }

    [Fact]
    public void Going_on_from_a_checkpoint_marks_where_older_events_end()
    {
        for (int i = 0; i < 2; i++)
        {
            using var tracker = new TensorBoardTracker(_folder.Path, new FixedClock());
            tracker.Rewind("a", 0, i == 0 ? -1 : 10);
            tracker.Scalars(new TrackPoint("a", 0, 11, 0, 0), [new("x", i)]);
        }

        string[] files = [.. Directory.GetFiles(_folder["a/seed-0"]).Order(StringComparer.Ordinal)];
        Assert.Equal(2, files.Length);
        List<Event> resumed = Read(files[1]);
        Assert.True(resumed[1].IsSessionStart);
        Assert.Equal(11, resumed[1].Step);
        Assert.Equal([("x", 1f)], resumed[2].Scalars);
    }

    [Fact]
    public void Starting_a_stage_afresh_removes_its_events_and_no_others()
    {
        using var tracker = new TensorBoardTracker(_folder.Path);
        tracker.Scalars(new TrackPoint("a", 0, 1, 0, 0), [new("x", 1)]);
        tracker.Scalars(new TrackPoint("a", 1, 1, 0, 0), [new("x", 1)]);
        tracker.Rewind("a", 0, -1);
        Assert.Empty(Directory.GetFiles(_folder["a/seed-0"]));
        Assert.Single(Directory.GetFiles(_folder["a/seed-1"]));
    }

    [Theory]
    [InlineData("../../etc")]
    [InlineData("..")]
    [InlineData("/tmp/x")]
    public void A_stage_cannot_leave_the_folder(string stage)
    {
        using (var tracker = new TensorBoardTracker(_folder["inside"]))
            tracker.Scalars(new TrackPoint(stage, null, 1, 0, 0), [new("x", 1)]);
        Assert.Single(Directory.GetFiles(_folder["inside"], "events.*", SearchOption.AllDirectories));
        Assert.Equal([_folder["inside"]], Directory.GetFileSystemEntries(_folder.Path));
    }

    private List<Event> ReadFolder(string name) => Read(Directory.GetFiles(_folder[name]).Single());

    private static List<Event> Read(string path)
    {
        var events = new List<Event>();
        for (ReadOnlySpan<byte> rest = File.ReadAllBytes(path); rest.Length > 0;)
        {
            int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(rest);
            Assert.Equal(EventFile.MaskedCrc(rest[..8]), BinaryPrimitives.ReadUInt32LittleEndian(rest[8..]));
            Assert.Equal(EventFile.MaskedCrc(rest.Slice(12, length)),
                BinaryPrimitives.ReadUInt32LittleEndian(rest[(12 + length)..]));
            events.Add(new Event(rest.Slice(12, length).ToArray()));
            rest = rest[(16 + length)..];
        }

        return events;
    }

    private static double[] Doubles(byte[] packed) =>
        [.. packed.Chunk(8).Select(b => BinaryPrimitives.ReadDoubleLittleEndian(b))];

    // Decoded with Google's own reader, so that the writer is not checked against its own idea of the format.
    private static Dictionary<int, byte[]> Fields(byte[] message) =>
        FieldList(message).ToDictionary(f => f.Number, f => f.Content);

    private static List<(int Number, byte[] Content)> FieldList(byte[] message)
    {
        var fields = new List<(int, byte[])>();
        var input = new CodedInputStream(message);
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            fields.Add(((int)(tag >> 3), WireFormat.GetTagWireType(tag) switch
            {
                WireFormat.WireType.Varint => BitConverter.GetBytes(input.ReadInt64()),
                WireFormat.WireType.Fixed64 => BitConverter.GetBytes(input.ReadFixed64()),
                WireFormat.WireType.Fixed32 => BitConverter.GetBytes(input.ReadFixed32()),
                _ => input.ReadBytes().ToByteArray(),
            }));
        }

        return fields;
    }

    private sealed class Event(byte[] message)
    {
        private readonly Dictionary<int, byte[]> _fields = Fields(message);

        public double WallTime => BitConverter.ToDouble(_fields[1]);

        public long Step => BitConverter.ToInt64(_fields[2]);

        public string? FileVersion => _fields.TryGetValue(3, out byte[]? text) ? Encoding.UTF8.GetString(text) : null;

        public bool IsSessionStart => _fields.TryGetValue(7, out byte[]? log) && BitConverter.ToInt64(Fields(log)[1]) == 1;

        public IEnumerable<byte[]> Values => FieldList(_fields[5]).Select(f => f.Content);

        public IEnumerable<(string, float)> Scalars =>
            Values.Select(Fields).Select(v => (Encoding.UTF8.GetString(v[1]), BitConverter.ToSingle(v[2])));
    }

    private sealed class FixedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_500);
    }
}
