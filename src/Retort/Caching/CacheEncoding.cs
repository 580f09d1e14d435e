using System.Globalization;
using Retort.Distillation;
using Retort.Runs;
using Retort.Torch;

namespace Retort.Caching;

/// <summary>Turns a teacher's answer into the tensors that are kept, and those back into an answer.</summary>
internal static class CacheEncoding
{
    public const string IdsName = "ids";
    private const string OutputName = "output";
    private const string ValuesName = "values";
    private const string ClassesName = "classes";
    private const string RestName = "rest";

    /// <summary>The tensors of an answer, [N, …] each, on the CPU.</summary>
    /// <exception cref="RunException">A number is not finite, or does not fit, or there are too few classes for a top
    /// k.</exception>
    public static Dictionary<string, Tensor> Encode(RoleSignals answer, CacheContents contents)
    {
        Dictionary<string, Tensor> kept = [];
        Tensor output = Required(answer.Output, "output");
        if (contents.TopK is { } k)
        {
            if (output.Dimensions < 2 || output.Size(-1) <= k)
            {
                throw new RunException(
                    string.Create(CultureInfo.InvariantCulture,
                        $"`top_k: {k}` needs more than {k} classes, and '{answer.Name}' gives {Shapes.Text(output)}."),
                    isInputWrong: true);
            }

            (Tensor values, Tensor classes) = output.TopK(k);
            Tensor others = output.Scatter(-1, classes, double.NegativeInfinity);
            kept[ValuesName] = Narrowed(values, contents, answer.Name);
            kept[ClassesName] = classes.To(DType.Int32);
            kept[RestName] = others.LogSumExp(-1);
        }
        else
        {
            kept[OutputName] = Narrowed(output, contents, answer.Name);
        }

        for (int t = 0; t < contents.Taps.Count; t++)
            kept[TapName(t)] = Narrowed(
                Required(answer.Tap(contents.Taps[t]), contents.Taps[t].ToString()), contents, answer.Name);
        return kept;

        Tensor Required(Tensor tensor, string what)
        {
            if (!tensor.Isfinite().All().ToBoolean())
                throw new RunException(
                    $"the teacher '{answer.Name}' gives numbers that are not finite ({what}); nothing can be learned from them.");
            return tensor.Detach().To(Device.Cpu).To(DType.Float32);
        }
    }

    /// <summary>The answer that a criterion sees.</summary>
    /// <param name="name">What criteria call the teacher.</param>
    /// <param name="kept">Tensors that <see cref="Encode"/> made, or rows of them.</param>
    /// <param name="index">What they are.</param>
    /// <param name="device">Where the answer is wanted.</param>
    public static RoleSignals Decode(string name, IReadOnlyDictionary<string, Tensor> kept, CacheIndex index, Device device)
    {
        Tensor output = index.TopK is { } k ? Full(kept, k, index.Shapes[0][^1]) : kept[OutputName].To(DType.Float32);
        var taps = new Dictionary<TapPath, Tensor>();
        for (int t = 0; t < index.Taps.Count; t++)
            taps[TapPath.Parse(index.Taps[t])] = kept[TapName(t)].To(DType.Float32).To(device);
        return new RoleSignals(name, output.To(device), taps);
    }

    /// <summary>The tensors of a file: name, element type and sizes of a row.</summary>
    public static IEnumerable<(string Name, DType DType, long[] Row)> Layout(CacheIndex index)
    {
        DType number = index.Half ? DType.Float16 : DType.Float32;
        yield return (IdsName, DType.Int64, []);
        if (index.TopK is { } k)
        {
            long[] outer = [.. index.Shapes[0].SkipLast(1)];
            yield return (ValuesName, number, [.. outer, k]);
            yield return (ClassesName, DType.Int32, [.. outer, k]);
            yield return (RestName, DType.Float32, outer);
        }
        else
        {
            yield return (OutputName, number, [.. index.Shapes[0]]);
        }

        for (int t = 0; t < index.Taps.Count; t++)
            yield return (TapName(t), number, [.. index.Shapes[t + 1]]);
    }

    /// <summary>Bytes that a sample takes in a file.</summary>
    public static long RowBytes(CacheIndex index) =>
        Layout(index).Sum(t => t.Row.Aggregate((long)t.DType.Size(), (bytes, size) => checked(bytes * size)));

    /// <summary>Whether every class of a file is one of the output's.</summary>
    public static bool ClassesAreRight(IReadOnlyDictionary<string, Tensor> kept, CacheIndex index) =>
        index.TopK is null || (kept[ClassesName].Min().ToInt64() >= 0 && kept[ClassesName].Max().ToInt64() < index.Shapes[0][^1]);

    private static string TapName(int tap) => string.Create(CultureInfo.InvariantCulture, $"tap.{tap}");

    // The others share what is left equally: log(e^rest / (K - k)) each.
    private static Tensor Full(IReadOnlyDictionary<string, Tensor> kept, int k, long classes)
    {
        Tensor each = (kept[RestName] - Math.Log(classes - k)).Unsqueeze(-1);                         // [N, …, 1]
        Tensor flat = each.Expand([.. each.Shape[..^1], classes]).Contiguous();                       // [N, …, K]
        return flat.Scatter(-1, kept[ClassesName].To(DType.Int64), kept[ValuesName].To(DType.Float32));
    }

    private static Tensor Narrowed(Tensor values, CacheContents contents, string teacher)
    {
        if (!contents.Half)
            return values.Contiguous();
        Tensor half = values.To(DType.Float16).Contiguous();
        return half.Isfinite().All().ToBoolean()
            ? half
            : throw new RunException(
                string.Create(CultureInfo.InvariantCulture,
                    $"the teacher '{teacher}' gives {values.Abs().Max().ToDouble():G4}, and float16 ends at 65504; write "
                    + $"`precision: float32`."),
                isInputWrong: true);
    }
}
