using Retort.Data;
using Retort.Data.Formats;

namespace Retort.Tests.Data.Formats;

public sealed class IdxFileTests
{
    private static readonly byte[] TwoByThree = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Bytes_are_read_plain_and_packed(bool packed)
    {
        IdxArray array = Read(packed ? TemporaryFolder.Gzip(TwoByThree) : TwoByThree);
        Assert.Equal(IdxElement.UInt8, array.Element);
        Assert.Equal([2, 3], array.Shape);
        Assert.Equal([1, 2, 3, 4, 5, 6], array.Bytes);
    }

    [Theory]
    [InlineData(0x0B, new byte[] { 0x01, 0x02 }, 0x0102)]
    [InlineData(0x0C, new byte[] { 0x01, 0x02, 0x03, 0x04 }, 0x01020304)]
    public void Big_endian_integers_come_out_in_machine_order(byte type, byte[] element, int value)
    {
        IdxArray array = Read([0, 0, type, 1, 0, 0, 0, 1, .. element]);
        Assert.Equal(value, element.Length == 2 ? BitConverter.ToInt16(array.Bytes) : BitConverter.ToInt32(array.Bytes));
    }

    [Fact]
    public void Doubles_come_out_in_machine_order() =>
        Assert.Equal(1.5, BitConverter.ToDouble(Read([0, 0, 0x0E, 1, 0, 0, 0, 1, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0]).Bytes));

    [Theory]
    [InlineData(new byte[] { }, "byte 0", "0 of 4 bytes")]
    [InlineData(new byte[] { 0, 0, 8 }, "byte 3", "3 of 4 bytes")]
    [InlineData(new byte[] { 1, 0, 8, 1 }, "byte 0", "0x01000801")]
    [InlineData(new byte[] { 0, 0, 7, 1 }, "byte 0", "0x00000701")]
    [InlineData(new byte[] { 0, 0, 8, 0 }, "byte 3", "0 dimensions")]
    [InlineData(new byte[] { 0, 0, 8, 200 }, "byte 3", "200 dimensions")]
    [InlineData(new byte[] { 0, 0, 8, 1, 0xFF, 0xFF, 0xFF, 0xFF }, "byte 4", "4294967295")]
    [InlineData(new byte[] { 0, 0, 8, 1, 0, 0, 0, 0 }, "byte 4", "size 0")]
    [InlineData(new byte[] { 0, 0, 8, 3, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0 }, "byte 4", "65536")]
    [InlineData(new byte[] { 0, 0, 8, 1, 0, 0, 0, 3, 1, 2 }, "byte 10", "2 of 3 bytes")]
    [InlineData(new byte[] { 0, 0, 8, 1, 0, 0, 0, 1, 1, 2 }, "byte 9", "more content")]
    public void Hostile_headers_are_refused_with_place_and_value(byte[] bytes, string place, string found)
    {
        var error = Assert.Throws<DataFormatException>(() => Read(bytes));
        Assert.Equal(place, error.Place);
        Assert.Contains(found, error.Message, StringComparison.Ordinal);
        Assert.StartsWith("test.idx: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_packed_file_that_claims_more_than_gzip_can_hold_is_refused_before_allocating()
    {
        byte[] bomb = TemporaryFolder.Gzip([0, 0, 8, 1, 0x7F, 0, 0, 0, 1, 2, 3]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal("byte 4", Assert.Throws<DataFormatException>(() => Read(bomb)).Place);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void A_bomb_is_unpacked_no_further_than_its_header_allows()
    {
        byte[] bomb = TemporaryFolder.Gzip([0, 0, 8, 1, 0, 0, 0, 4, .. new byte[50_000_000]]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("more content", Assert.Throws<DataFormatException>(() => Read(bomb)).Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Every_cut_of_a_packed_file_is_refused()
    {
        byte[] whole = TemporaryFolder.Gzip(TwoByThree);
        for (int length = 0; length < whole.Length; length++)
            Assert.Throws<DataFormatException>(() => Read(whole[..length]));
    }

    [Fact]
    public void Members_one_after_another_are_one_file_and_a_wrong_checksum_is_damage()
    {
        byte[] members = [.. TemporaryFolder.Gzip(TwoByThree[..9]), .. TemporaryFolder.Gzip(TwoByThree[9..])];
        Assert.Equal([1, 2, 3, 4, 5, 6], Read(members).Bytes);
        byte[] damaged = TemporaryFolder.Gzip(TwoByThree);
        damaged[^5] ^= 1;
        Assert.Contains("gzip", Assert.Throws<DataFormatException>(() => Read(damaged)).Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("train-images-idx3-ubyte.gz", 60_000)]
    [InlineData("t10k-images-idx3-ubyte.gz", 10_000)]
    public void Fashion_mnist_has_the_published_sizes_and_mean(string name, int count)
    {
        IdxArray images = IdxFile.Read(SharedData.Require("fashion-mnist", name));
        Assert.Equal([count, 28, 28], images.Shape);
        if (count == 60_000)
            Assert.Equal(0.2860, images.Bytes.Average(value => value / 255.0), 4);
        IdxArray labels = IdxFile.Read(SharedData.Require("fashion-mnist", name.Replace("images-idx3", "labels-idx1", StringComparison.Ordinal)));
        Assert.Equal(Enumerable.Repeat(count / 10, 10), Enumerable.Range(0, 10).Select(label => labels.Bytes.Count(value => value == label)));
    }

    private static IdxArray Read(byte[] bytes) => IdxFile.Read(new MemoryStream(bytes), "test.idx");
}
