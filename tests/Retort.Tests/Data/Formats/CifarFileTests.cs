using Retort.Data;
using Retort.Data.Formats;

namespace Retort.Tests.Data.Formats;

public sealed class CifarFileTests
{
    [Fact]
    public void Labels_and_planes_of_both_kinds_are_read()
    {
        byte[] pixels = new byte[CifarFile.PixelBytes];
        pixels[1024] = 77;
        CifarRecords ten = CifarFile.Read(new MemoryStream([3, .. pixels, 9, .. pixels]), "ten", CifarKind.Cifar10);
        Assert.Equal([3, 9], ten.Labels);
        Assert.Empty(ten.CoarseLabels);
        Assert.Equal(77, ten.Pixels[CifarFile.PixelBytes + 1024]);
        CifarRecords hundred = CifarFile.Read(new MemoryStream(TemporaryFolder.Gzip([19, 99, .. pixels])), "hundred", CifarKind.Cifar100);
        Assert.Equal([99], hundred.Labels);
        Assert.Equal([19], hundred.CoarseLabels);
    }

    [Fact]
    public void A_label_that_is_no_class_is_refused_with_its_place()
    {
        byte[] bytes = new byte[2 * 3073];
        bytes[3073] = 10;
        var error = Assert.Throws<DataFormatException>(() => CifarFile.Read(new MemoryStream(bytes), "f", CifarKind.Cifar10));
        Assert.Equal("f: byte 3073: label 10; 0 to 9 are allowed", error.Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3072)]
    [InlineData(3074)]
    public void A_file_that_is_no_whole_number_of_records_is_refused(int length)
    {
        Assert.Throws<DataFormatException>(() => CifarFile.Read(new MemoryStream(new byte[length]), "f", CifarKind.Cifar10));
        byte[] packed = TemporaryFolder.Gzip(new byte[length]);
        Assert.Throws<DataFormatException>(() => CifarFile.Read(new MemoryStream(packed), "f", CifarKind.Cifar10));
    }

    [SkippableTheory]
    [InlineData("data_batch_1.bin.gz", 5000)]
    [InlineData("test_batch.bin.gz", 2000)]
    public void The_subset_has_its_records_interleaved_by_class(string name, int count)
    {
        CifarRecords records = CifarFile.Read(SharedData.Require("cifar10-subset", name), CifarKind.Cifar10);
        Assert.Equal(Enumerable.Range(0, count).Select(i => (byte)(i % 10)), records.Labels);
        if (count == 5000)
            Assert.Equal(0.491, Enumerable.Range(0, 5000).Average(i => records.Pixels.AsSpan(i * 3072, 1024).ToArray().Average(v => v / 255.0)), 3);
    }
}
