using Retort.Data;
using Retort.Data.Formats;
using Retort.Torch;
using Retort.Torch.Serialization;

namespace Retort.Tests.Data.Formats;

public sealed class SampleFileTests
{
    [Fact]
    public void What_is_written_comes_back_with_its_fields()
    {
        using var scope = new TensorScope();
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "made.safetensors");
        SampleFile.Write(path, Tensor.From([0.5f, -1f, 2f, 7f], 2, 1, 2), Tensor.From(new long[] { 1, 0 }), ["a", "b"], new Dictionary<string, Tensor>
        {
            ["targets"] = Tensor.From([0.25f, 0.75f, 1f, 0f], 2, 2),
            ["mask"] = Tensor.From(new byte[] { 1, 2 }, 2, 1),
        });
        Dataset data = SampleFile.Read(path, "made");
        Assert.Equal(["a", "b"], data.ClassNames);
        Batch batch = data.Gather([1, 0]);
        Assert.Equal([2f, 7f, 0.5f, -1f], batch.Input.ToArray<float>());
        Assert.Equal([0L, 1L], batch.Labels.ToArray<long>());
        Assert.Equal([1f, 0f, 0.25f, 0.75f], batch.Targets!.ToArray<float>());
        Assert.Equal([2, 1], batch["mask"].ToArray<byte>());
    }

    [Fact]
    public void A_subset_keeps_each_sample_s_fields()
    {
        using var scope = new TensorScope();
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "made.safetensors");
        SampleFile.Write(path, Tensor.From(new byte[] { 1, 2, 3 }, 3, 1), Tensor.From(new long[] { 0, 0, 0 }), ["a"], new Dictionary<string, Tensor>
        {
            ["extra"] = Tensor.From(new long[] { 10, 20, 30 }, 3, 1),
        });
        Batch batch = SampleFile.Read(path, "made").Subset([2, 1]).Gather([0]);
        Assert.Equal([30L], batch["extra"].ToArray<long>());
        Assert.Equal([2L], batch.Index.ToArray<long>());
    }

    [Theory]
    [InlineData("labels", "labels")]
    [InlineData("rows", "must be as many int64 numbers")]
    [InlineData("type", "must be UInt8, Float32 or Int64")]
    [InlineData("field", "it must have 2 rows")]
    [InlineData("class", "must be 0 to 0")]
    public void A_file_that_is_no_data_set_is_refused_by_name(string broken, string expected)
    {
        using var scope = new TensorScope();
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "broken.safetensors");
        var tensors = new Dictionary<string, Tensor>
        {
            ["inputs"] = Tensor.Zeros(broken == "type" ? DType.Float64 : DType.Float32, [2, 3]),
            ["labels"] = Tensor.From<long>(broken == "rows" ? [0] : broken == "class" ? [0, 3] : [0, 0]),
        };
        if (broken == "labels")
            tensors.Remove("labels");
        if (broken == "field")
            tensors["mask"] = Tensor.Zeros(DType.Float32, [3, 1]);
        SafeTensors.Write(path, tensors, new Dictionary<string, string> { ["retort.classes"] = "[\"a\"]" });
        DataFormatException error = Assert.Throws<DataFormatException>(() => SampleFile.Read(path, "broken"));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
    }
}
