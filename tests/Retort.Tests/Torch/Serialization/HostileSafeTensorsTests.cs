using System.Text;
using Retort.Torch;
using Retort.Torch.Serialization;

namespace Retort.Tests.Torch.Serialization;

public sealed class HostileSafeTensorsTests : IDisposable
{
    private readonly string _path = Path.Combine(Directory.CreateTempSubdirectory("retort-").FullName, "hostile.safetensors");
    private readonly TensorScope _scope = new();

    public void Dispose()
    {
        _scope.Dispose();
        Directory.Delete(Path.GetDirectoryName(_path)!, recursive: true);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "a", "span 4 bytes; Float32 [2] takes 8")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 4, "a", "up to 4 are allowed")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[8,4]}}""", 8, "a", "[8, 4]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""", 4, "a", "a begin and an end")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}""", 4, "a", "whole numbers from 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "a", "whole numbers from 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", 4, "a", "whole numbers from 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}}""", 4, "a", "whole numbers from 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", 0, "a", "64 bits")]
    [InlineData("""{"a":{"dtype":"F32","shape":[9223372036854775807,2,0],"data_offsets":[0,0]}}""", 0, "a", "64 bits")]
    [InlineData("""{"a":{"dtype":"F8_E5M2","shape":[4],"data_offsets":[0,4]}}""", 4, "a", "F8_E5M2")]
    [InlineData("""{"a":{"dtype":"f32","shape":[1],"data_offsets":[0,4]}}""", 4, "a", "supported are")]
    [InlineData("""{"a":{"dtype":3,"shape":[1],"data_offsets":[0,4]}}""", 4, "a", "must be a string")]
    [InlineData("""{"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}""", 4, "a", "array of whole numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"shape":[1]}}""", 4, "a", "shape twice")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"stride":[1]}}""", 4, "a", "unknown key")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1]}}""", 4, "a", "lacks")]
    [InlineData("""{"a":7}""", 0, "a", "must be an object")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "a", "twice")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}""", 6, "b", "gaps and overlaps")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 4, "b", "gaps and overlaps")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[3,5]}}""", 5, "b", "gaps and overlaps")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}""", 3, "a", "gaps and overlaps")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", 5, null, "take 2 bytes of data and the file has 5")]
    [InlineData("""{"a":{"dtype":"BOOL","shape":[4],"data_offsets":[0,4]}}""", 4, "a", "element 2 of this BOOL is 2")]
    [InlineData("""{"__metadata__":{"a":1}}""", 0, null, "must be strings")]
    [InlineData("""{"__metadata__":"a"}""", 0, null, "object of strings")]
    [InlineData("""{"__metadata__":{"a":"1","a":"2"}}""", 0, null, "a key twice")]
    [InlineData("""{"__metadata__":{},"__metadata__":{}}""", 0, null, "twice")]
    [InlineData("""{"a":{"dtype":"F32","shape":[NaN],"data_offsets":[0,4]}}""", 4, null, "no valid JSON")]
    [InlineData("""{} {}""", 0, null, "no valid JSON")]
    [InlineData("""{"a" """, 0, null, "no valid JSON")]
    [InlineData("""[]""", 0, null, "must be a JSON object")]
    [InlineData("""   """, 0, null, "no valid JSON")]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, null, "no valid UTF-8")]
    [InlineData("""{"a":[[[[[[[[[[[[1]]]]]]]]]]]]}""", 0, "a", "must be an object")]
    public void A_header_that_breaks_a_rule_is_refused(string json, int dataLength, string? tensor, string problem)
    {
        WriteRaw(Encoding.UTF8.GetBytes(json), [.. Enumerable.Range(0, dataLength).Select(k => (byte)k)]);
        var error = Assert.Throws<SafeTensorsException>(() => SafeTensors.Read(_path));
        Assert.Equal(_path, error.File);
        Assert.Equal(tensor, error.Tensor);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused()
    {
        WriteRaw([(byte)'{', (byte)'"', 0xFF, 0xFE, (byte)'"', (byte)':', (byte)'1', (byte)'}'], []);
        Assert.Throws<SafeTensorsException>(() => SafeTensors.Read(_path));
        Assert.Throws<SafeTensorsException>(() => SafeTensors.ReadMetadata(_path));
    }

    [Fact]
    public void A_shape_of_too_many_dimensions_is_refused()
    {
        string ones = string.Join(',', Enumerable.Repeat(1, 65));
        WriteRaw(Encoding.UTF8.GetBytes($$$"""{"a":{"dtype":"U8","shape":[{{{ones}}}],"data_offsets":[0,1]}}"""), [1]);
        Assert.Contains("more than 64", Assert.Throws<SafeTensorsException>(() => SafeTensors.Read(_path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(1UL)]
    [InlineData(9UL)]
    [InlineData(100_000_001UL)]
    [InlineData(0x8000_0000_0000_0000UL)]
    [InlineData(ulong.MaxValue)]
    public void A_header_length_that_cannot_be_is_refused_before_anything_is_allocated(ulong length)
    {
        File.WriteAllBytes(_path, [.. BitConverter.GetBytes(length), .. "{}      "u8]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<SafeTensorsException>(() => SafeTensors.Read(_path));
        Assert.Throws<SafeTensorsException>(() => SafeTensors.ReadMetadata(_path));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        byte[] whole = ValidFile();
        for (int length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(_path, whole[..length]);
            Assert.Throws<SafeTensorsException>(() => SafeTensors.Read(_path));
        }
    }

    [Fact]
    public void A_name_from_outside_cannot_flood_or_garble_a_message()
    {
        string name = "\\u001b[31m" + new string('x', 100_000);
        WriteRaw(Encoding.UTF8.GetBytes($$"""{"{{name}}":7}"""), []);
        string message = Assert.Throws<SafeTensorsException>(() => SafeTensors.Read(_path)).Message;
        Assert.InRange(message.Length, 1, 600);
        Assert.DoesNotContain(message, char.IsControl);
    }

    // Flips, insertions, removals and copies of stretches: whatever they make of a file, only one exception comes of it.
    [Fact]
    public void Mutations_of_a_valid_file_are_read_or_refused()
    {
        byte[] whole = ValidFile();
        var random = new Random(20261);
        int refused = 0;
        for (int round = 0; round < 800; round++)
        {
            var bytes = whole.ToList();
            for (int edits = random.Next(1, 4); edits > 0; edits--)
                Mutate(bytes, random);
            File.WriteAllBytes(_path, [.. bytes]);
            try
            {
                using var scope = new TensorScope();
                foreach (Tensor tensor in SafeTensors.Read(_path).Values)
                    tensor.To(DType.Float64).Sum().ToDouble();
            }
            catch (SafeTensorsException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 300, 799);
    }

    private static void Mutate(List<byte> bytes, Random random)
    {
        // Most of a real file is data, where every byte is as good as another: aim at the header.
        int at = random.Next(random.Next(4) == 0 ? bytes.Count : Math.Min(bytes.Count, 260));
        switch (random.Next(5))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                bytes.Insert(at, (byte)"0123456789[]{}\",:-eN\\"[random.Next(21)]);
                break;
            case 3:
                bytes.RemoveAt(at);
                break;
            default:
                int count = Math.Min(random.Next(1, 40), bytes.Count - at);
                bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, count));
                break;
        }
    }

    private byte[] ValidFile()
    {
        SafeTensors.Write(
            _path,
            [new("conv.weight", Tensor.Ones(2, 1, 3)), new("mask", Tensor.Ones(DType.Bool, 5)), new("steps", Tensor.Arange(3))],
            new Dictionary<string, string> { ["format"] = "pt" });
        return File.ReadAllBytes(_path);
    }

    private void WriteRaw(byte[] header, byte[] data) =>
        File.WriteAllBytes(_path, [.. BitConverter.GetBytes((long)header.Length), .. header, .. data]);
}
