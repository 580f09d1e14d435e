using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Retort.Torch;

namespace Retort.Golden;

/// <summary>Compares methods with what the papers' own code computes.</summary>
/// <remarks>|a − b| ≤ rtol · max(1, |b|), element by element, in the file's type.</remarks>
public static class GoldenChecker
{
    private const long LargestFile = 256 << 20;
    private static readonly Lazy<Dictionary<string, MethodInfo>> Handlers = new(() => typeof(GoldenChecker).Assembly.GetTypes()
        .SelectMany(
            t => t.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        .SelectMany(m => m.GetCustomAttributes<GoldenAttribute>().Select(a => (a.Slug, Method: m)))
        .ToDictionary(p => p.Slug, p => p.Method, StringComparer.Ordinal));

    /// <summary>The methods that have vectors.</summary>
    public static IReadOnlyCollection<string> Slugs => Handlers.Value.Keys;

    /// <summary>Checks one file.</summary>
    public static GoldenResult Check(string path)
    {
        string name = Path.GetFileName(path), slug = "?";
        try
        {
            if (new FileInfo(path).Length > LargestFile)
                throw new GoldenException($"is larger than {LargestFile >> 20} MiB");
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            slug = document.RootElement.GetProperty("method").GetString() ?? "?";
            if (!Handlers.Value.TryGetValue(slug, out MethodInfo? handler))
                return new GoldenResult(name, slug, GoldenVerdict.Unknown, "no method has this name");
            using var scope = new TensorScope();
            (string? failure, double worst) = Compare(document.RootElement, slug, handler);
            return failure is null
                ? new GoldenResult(
                    name, slug, GoldenVerdict.Passed,
                    string.Create(CultureInfo.InvariantCulture, $"largest difference {worst:G2}"))
                : new GoldenResult(name, slug, GoldenVerdict.Failed, failure);
        }
        catch (Exception e) when (e is JsonException or GoldenException or TorchException or ArgumentException
            or KeyNotFoundException or InvalidOperationException or IOException or FormatException or OverflowException)
        {
            return new GoldenResult(name, slug, GoldenVerdict.Failed, e.Message.Split('\n')[0]);
        }
    }

    private static (string? Failure, double Worst) Compare(JsonElement root, string slug, MethodInfo handler)
    {
        DType dtype = root.TryGetProperty("dtype", out JsonElement type) && type.GetString() == "float32"
            ? DType.Float32
            : DType.Float64;
        double tolerance = root.TryGetProperty("rtol", out JsonElement rtol) ? rtol.GetDouble() : 1e-6;
        JsonElement expected = root.GetProperty("expected"), inputs = root.GetProperty("inputs");
        var differentiated = expected.EnumerateObject().Where(e => e.Name.StartsWith("grad:", StringComparison.Ordinal))
            .Select(e => e.Name[5..].Split('@')[0]).ToHashSet(StringComparer.Ordinal);
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (JsonProperty input in inputs.EnumerateObject())
        {
            if (input.Value.ValueKind == JsonValueKind.Object && input.Value.TryGetProperty("shape", out _))
                tensors[input.Name] = Read(input.Value, dtype).SetRequiresGrad(differentiated.Contains(input.Name));
            else if (differentiated.Contains(input.Name) && input.Value.ValueKind == JsonValueKind.Number)
                tensors[input.Name] = Tensor.FromScalar(input.Value.GetDouble()).To(dtype).Detach().SetRequiresGrad();
        }

        root.TryGetProperty("params", out JsonElement parameters);
        GoldenOutputs found = Call(handler, new GoldenInputs(slug, inputs, parameters, tensors));
        double worst = 0;
        foreach (JsonProperty value in expected.EnumerateObject())
        {
            object? actual = value.Name.StartsWith("grad:", StringComparison.Ordinal)
                ? Gradient(found, tensors, value.Name[5..])
                : found.GetValueOrDefault(value.Name);
            if (actual is null)
                return ($"'{value.Name}' was not computed", worst);
            if (Differ(value.Name, value.Value, actual, tolerance, ref worst) is { } failure)
                return (failure, worst);
        }

        return (null, worst);
    }

    private static GoldenOutputs Call(MethodInfo handler, GoldenInputs inputs)
    {
        object? result = handler.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [inputs], CultureInfo.InvariantCulture);
        return result switch
        {
            GoldenOutputs outputs => outputs,
            Tensor loss => loss,
            _ => throw new GoldenException($"{handler.DeclaringType?.Name}.{handler.Name} must return {nameof(GoldenOutputs)}"),
        };
    }

    private static Tensor? Gradient(GoldenOutputs found, Dictionary<string, Tensor> tensors, string name)
    {
        string[] parts = name.Split('@', 2);
        string loss = parts.Length == 1 ? "loss" : found.ContainsKey(parts[1]) ? parts[1] : $"loss:{parts[1]}";
        if (found.GetValueOrDefault(loss) is not Tensor output || !tensors.TryGetValue(parts[0], out Tensor? input))
            return null;
        return Autograd.Grad([output], [input], retainGraph: true, allowUnused: true)[0] ?? input.Detach().ZerosLike();
    }

    private static string? Differ(string name, JsonElement expected, object actual, double tolerance, ref double worst)
    {
        if (expected.ValueKind == JsonValueKind.String)
            return Equals(expected.GetString(), actual as string)
                ? null
                : $"{name} is '{actual}', expected '{expected.GetString()}'";
        bool isTensor = expected.ValueKind == JsonValueKind.Object;
        if (expected.ValueKind == JsonValueKind.Array && actual is System.Collections.IEnumerable items and not string)
        {
            object?[] list = [.. items.Cast<object?>()];
            if (list.Length != expected.GetArrayLength())
                return $"{name} has {list.Length} items, expected {expected.GetArrayLength()}";
            for (int k = 0; k < list.Length; k++)
            {
                if (Differ($"{name}[{k}]", expected[k], list[k] ?? double.NaN, tolerance, ref worst) is { } failure)
                    return failure;
            }

            return null;
        }

        double[] numbers = expected.ValueKind switch
        {
            JsonValueKind.Object => [.. expected.GetProperty("data").EnumerateArray().Select(Number)],
            JsonValueKind.Array => [.. expected.EnumerateArray().Select(Number)],
            _ => [Number(expected)],
        };
        if (isTensor && actual is Tensor shaped && !shaped.Shape.AsSpan().SequenceEqual(ShapeOf(expected)))
            return $"{name} has the shape {Shapes.Text(shaped)}, expected [{string.Join(", ", ShapeOf(expected))}]";
        double[] got = actual switch
        {
            Tensor tensor => tensor.Detach().To(DType.Float64).ToArray<double>(),
            _ => [Convert.ToDouble(actual, CultureInfo.InvariantCulture)],
        };
        if (got.Length != numbers.Length)
            return $"{name} has {got.Length} values, expected {numbers.Length}";
        for (int k = 0; k < got.Length; k++)
        {
            double difference = got[k].Equals(numbers[k]) ? 0 : Math.Abs(got[k] - numbers[k]) / Math.Max(1, Math.Abs(numbers[k]));
            worst = Math.Max(worst, difference);
            if (!(difference <= tolerance))
            {
                return string.Create(CultureInfo.InvariantCulture,
                    $"{name}[{k}] is {got[k]:G9}, expected {numbers[k]:G9} (difference {difference:G2}, allowed {tolerance:G2})");
            }
        }

        return null;
    }

    private static Tensor Read(JsonElement value, DType dtype)
    {
        long[] shape = ShapeOf(value);
        double[] data = [.. value.GetProperty("data").EnumerateArray().Select(Number)];
        long count = shape.Aggregate(1L, (product, size) => product * size);
        if (count != data.Length)
            throw new GoldenException($"a tensor of shape [{string.Join(", ", shape)}] has {data.Length} values");
        Tensor flat = Tensor.From(data).To(dtype);
        return shape.Length == 0 ? flat.Reshape(ReadOnlySpan<long>.Empty) : flat.Reshape(shape);
    }

    private static long[] ShapeOf(JsonElement value) =>
        [.. value.GetProperty("shape").EnumerateArray().Select(e => e.GetInt64())];

    private static double Number(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetDouble(),
        JsonValueKind.True => 1,
        JsonValueKind.False => 0,
        JsonValueKind.String => value.GetString() switch
        {
            "inf" or "Infinity" => double.PositiveInfinity,
            "-inf" or "-Infinity" => double.NegativeInfinity,
            "nan" or "NaN" => double.NaN,
            _ => throw new GoldenException($"'{value.GetString()}' is no number"),
        },
        JsonValueKind.Null => double.NaN,
        _ => throw new GoldenException("a number was expected"),
    };
}
