using System.Text;
using Retort.Torch;
using Retort.Torch.Serialization;

namespace Retort.Tests.Torch.Serialization;

public sealed class SafeTensorsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("retort-").FullName;
    private readonly TensorScope _scope = new();

    public void Dispose()
    {
        _scope.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(DType.Float64)]
    [InlineData(DType.Float32)]
    [InlineData(DType.Float16)]
    [InlineData(DType.BFloat16)]
    [InlineData(DType.Int64)]
    [InlineData(DType.Int32)]
    [InlineData(DType.Int16)]
    [InlineData(DType.Int8)]
    [InlineData(DType.UInt8)]
    [InlineData(DType.Bool)]
    public void Every_type_comes_back_as_it_was(DType dtype)
    {
        string path = PathOf("types.safetensors");
        Tensor matrix = Tensor.From([0.0, 1, 0, 5, 7, 100]).To(dtype).Reshape([2, 3]);
        SafeTensors.Write(path, new Dictionary<string, Tensor>
        {
            ["matrix"] = matrix,
            ["transposed"] = matrix.Transpose(0, 1),
            ["scalar"] = matrix.Select(0, 1).Select(0, 1),
            ["nothing"] = Tensor.Empty(dtype, 0, 4),
        });
        IReadOnlyDictionary<string, Tensor> read = SafeTensors.Read(path);
        Assert.Equal(["matrix", "transposed", "scalar", "nothing"], read.Keys);
        Assert.All(read.Values, t => Assert.Equal(dtype, t.DType));
        Assert.True(read["matrix"].Equal(matrix));
        Assert.True(read["transposed"].Equal(matrix.Transpose(0, 1)));
        Assert.Equal([3L, 2], read["transposed"].Shape);
        Assert.Empty(read["scalar"].Shape);
        Assert.Equal([0L, 4], read["nothing"].Shape);
    }

    // Worked by hand from the format's description: the widest type comes first in the data.
    [Fact]
    public void The_bytes_are_those_of_the_format()
    {
        string path = PathOf("golden.safetensors");
        SafeTensors.Write(
            path,
            [new("b", Tensor.From(new byte[] { 7, 8, 9 })), new("Größe.w", Tensor.From([1f, 2f], 2, 1))],
            new Dictionary<string, string> { ["format"] = "pt" });
        const string json =
            """{"__metadata__":{"format":"pt"},"b":{"dtype":"U8","shape":[3],"data_offsets":[8,11]},"Größe.w":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}""";
        byte[] text = Encoding.UTF8.GetBytes(json);
        byte[] expected =
        [
            152, 0, 0, 0, 0, 0, 0, 0, .. text, (byte)' ', (byte)' ', (byte)' ', (byte)' ',
            0, 0, 0x80, 0x3F, 0, 0, 0, 0x40, 7, 8, 9,
        ];
        Assert.Equal(expected, File.ReadAllBytes(path));
    }

    [Fact]
    public void Metadata_comes_back()
    {
        string path = PathOf("metadata.safetensors");
        SafeTensors.Write(path, [], new Dictionary<string, string> { ["step"] = "12", ["note"] = "a \"quoted\" line\n" });
        Assert.Empty(SafeTensors.Read(path));
        IReadOnlyDictionary<string, string> metadata = SafeTensors.ReadMetadata(path);
        Assert.Equal("12", metadata["step"]);
        Assert.Equal("a \"quoted\" line\n", metadata["note"]);
    }

    [Fact]
    public void Tensors_lie_in_the_mapping_and_changing_them_changes_no_file()
    {
        string path = PathOf("mapped.safetensors");
        SafeTensors.Write(path, [new("w", Tensor.Ones(1024))]);
        byte[] before = File.ReadAllBytes(path);
        Tensor read = SafeTensors.Read(path)["w"];
        read.AddInPlace(1);
        Assert.Equal(2048, read.Sum().ToDouble());
        Assert.Equal(before, File.ReadAllBytes(path));
    }

    [Fact]
    public void A_file_that_is_mapped_can_be_replaced()
    {
        string path = PathOf("replaced.safetensors");
        SafeTensors.Write(path, [new("w", Tensor.Ones(1024))]);
        Tensor old = SafeTensors.Read(path)["w"];
        SafeTensors.Write(path, [new("w", old * 3)]);
        Assert.Equal(1024, old.Sum().ToDouble());
        Assert.Equal(3072, SafeTensors.Read(path)["w"].Sum().ToDouble());
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public void Data_that_is_not_aligned_is_copied()
    {
        string path = PathOf("unaligned.safetensors");
        byte[] data = [1, .. BitConverter.GetBytes(2.5f), .. BitConverter.GetBytes(-7L)];
        WriteRaw(path, """{"a":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"F32","shape":[],"data_offsets":[1,5]},"c":{"dtype":"I64","shape":[1,1],"data_offsets":[5,13]}}""", data);
        IReadOnlyDictionary<string, Tensor> read = SafeTensors.Read(path);
        Assert.True(read["a"].ToBoolean());
        Assert.Equal(2.5, read["b"].ToDouble());
        Assert.Equal(-7, read["c"].ToInt64());
    }

    [Fact]
    public void Tensors_belong_to_the_callers_scope_and_release_the_mapping_with_it()
    {
        string path = PathOf("scoped.safetensors");
        SafeTensors.Write(path, [new("v", Tensor.Ones(8)), new("w", Tensor.Ones(8))]);
        Assert.False(IsMapped(path));
        using (new TensorScope())
        {
            SafeTensors.Read(path);
            Assert.True(IsMapped(path));
        }

        Assert.False(IsMapped(path));
    }

    [Fact]
    public void A_split_model_is_read_through_its_index()
    {
        SafeTensors.Write(PathOf("model-00001-of-00002.safetensors"), [new("a", Tensor.Ones(2))]);
        SafeTensors.Write(PathOf("model-00002-of-00002.safetensors"), [new("b", Tensor.Zeros(3)), new("c", Tensor.Ones(3))]);
        string index = WriteIndex("""{"metadata":{"total_size":32},"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors","c":"model-00002-of-00002.safetensors"}}""");
        IReadOnlyDictionary<string, Tensor> read = SafeTensors.ReadIndex(index);
        Assert.Equal(["a", "b", "c"], read.Keys);
        Assert.Equal(3, read["c"].Sum().ToDouble());
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"one.safetensors"}}""", "b", "does not place it")]
    [InlineData("""{"weight_map":{"a":"one.safetensors","b":"one.safetensors","c":"one.safetensors"}}""", "c", "it is not there")]
    [InlineData("""{"weight_map":{"a":"../one.safetensors"}}""", "a", "plain name")]
    [InlineData("""{"weight_map":{"a":"/etc/passwd"}}""", "a", "plain name")]
    [InlineData("""{"weight_map":{"a":7}}""", "a", "plain name")]
    [InlineData("""{"weight_map":{"a":"one.safetensors","a":"one.safetensors"}}""", "a", "twice")]
    [InlineData("""{"weight_map":[]}""", null, "weight_map")]
    [InlineData("""[1]""", null, "weight_map")]
    [InlineData("""{"weight_map":{""", null, "no valid JSON")]
    public void An_index_that_does_not_fit_is_refused(string json, string? tensor, string problem)
    {
        SafeTensors.Write(PathOf("one.safetensors"), [new("a", Tensor.Ones(2)), new("b", Tensor.Ones(2))]);
        var error = Assert.Throws<SafeTensorsException>(() => SafeTensors.ReadIndex(WriteIndex(json)));
        Assert.Equal(tensor, error.Tensor);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_format_has_not_is_not_written()
    {
        string path = PathOf("refused.safetensors");
        File.WriteAllText(path, "before");
        Tensor one = Tensor.Ones(1);
        Assert.Contains("twice", Refusal(path, [new("a", one), new("a", one)]), StringComparison.Ordinal);
        Assert.Contains("own", Refusal(path, [new("__metadata__", one)]), StringComparison.Ordinal);
        Assert.Contains("Complex64", Refusal(path, [new("a", one.To(DType.Complex64))]), StringComparison.Ordinal);
        Assert.Equal("before", File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_write_that_fails_leaves_the_old_file()
    {
        string path = PathOf("old.safetensors");
        SafeTensors.Write(path, [new("w", Tensor.Ones(4))]);
        Directory.CreateDirectory(path + ".partial");
        Assert.ThrowsAny<Exception>(() => SafeTensors.Write(path, [new("w", Tensor.Zeros(4))]));
        Directory.Delete(path + ".partial");
        Assert.Equal(4, SafeTensors.Read(path)["w"].Sum().ToDouble());
    }

    private static string Refusal(string path, KeyValuePair<string, Tensor>[] tensors) =>
        Assert.Throws<SafeTensorsException>(() => SafeTensors.Write(path, tensors)).Message;

    private static void WriteRaw(string path, string json, byte[] data)
    {
        byte[] text = Encoding.UTF8.GetBytes(json);
        File.WriteAllBytes(path, [.. BitConverter.GetBytes((long)text.Length), .. text, .. data]);
    }

    private static bool IsMapped(string path) => File.ReadAllText("/proc/self/maps").Contains(path, StringComparison.Ordinal);

    private string PathOf(string name) => Path.Combine(_folder, name);

    private string WriteIndex(string json)
    {
        string path = PathOf("model.safetensors.index.json");
        File.WriteAllText(path, json);
        return path;
    }
}
