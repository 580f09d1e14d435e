using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Retort.Tests.Architecture;
using Retort.Torch;

namespace Retort.Tests.Export;

/// <summary>Runs ONNX files in onnxruntime through Node: another program's opinion of what we wrote.</summary>
internal static class OnnxRuntime
{
    private const int LongestRunMilliseconds = 300_000;

    /// <summary>Why it cannot be used here, or null.</summary>
    public static string? Missing
    {
        get
        {
            if (Modules is null)
                return "onnxruntime-node is not installed (.ci/run installs it; RETORT_NODE_MODULES names another place).";
            return FindNode() is null ? "node is not on the PATH." : null;
        }
    }

    private static string? Modules => new[]
    {
        Environment.GetEnvironmentVariable("RETORT_NODE_MODULES"), Path.Combine(Repository.Root, "artifacts", "npm", "node_modules"),
    }.FirstOrDefault(folder => folder is not null && File.Exists(Path.Combine(folder, "onnxruntime-node", "package.json")));

    /// <summary>Runs all models in one Node process; the results are in their order.</summary>
    public static IReadOnlyList<OnnxResult> Run(IReadOnlyList<OnnxRun> runs, string folder)
    {
        string manifest = Path.Combine(folder, "manifest.json"), results = Path.Combine(folder, "results.json");
        File.WriteAllText(manifest, JsonSerializer.Serialize(
            runs.Select(run => new { name = run.Name, model = run.Model, batches = run.Batches.Select(b => b.Select(Encode)) })));
        var start = new ProcessStartInfo(FindNode()!)
        {
            RedirectStandardError = true,
            ArgumentList =
            {
                Path.Combine(AppContext.BaseDirectory, "Export", "Fixtures", "run_onnx.cjs"), Path.GetFullPath(Modules!), manifest, results,
            },
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(LongestRunMilliseconds))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException("onnxruntime did not finish.");
        }
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"node failed: {errors.GetAwaiter().GetResult()}");
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(results));
        return [.. document.RootElement.EnumerateArray().Select(Result)];
    }

    private static OnnxResult Result(JsonElement entry)
    {
        if (entry.TryGetProperty("error", out JsonElement error))
            return new OnnxResult(error.GetString(), [], [], []);
        string[] Names(string property) => [.. entry.GetProperty(property).EnumerateArray().Select(n => n.GetString()!)];
        return new OnnxResult(null, Names("inputNames"), Names("outputNames"), [.. entry.GetProperty("batches").EnumerateArray()
            .Select(batch => batch.EnumerateArray().Select(Decode).ToArray())]);
    }

    private static object Encode(Tensor tensor)
    {
        (string type, byte[] data) = tensor.DType switch
        {
            DType.Float32 => ("float32", MemoryMarshal.AsBytes(tensor.ToArray<float>().AsSpan()).ToArray()),
            DType.Int64 => ("int64", MemoryMarshal.AsBytes(tensor.ToArray<long>().AsSpan()).ToArray()),
            DType.Bool => ("bool", MemoryMarshal.AsBytes(tensor.ToArray<bool>().AsSpan()).ToArray()),
            _ => throw new NotSupportedException($"{tensor.DType}"),
        };
        return new { type, dims = tensor.Shape, data = Convert.ToBase64String(data) };
    }

    private static OnnxOutput Decode(JsonElement tensor)
    {
        byte[] data = tensor.GetProperty("data").GetBytesFromBase64();
        double[] numbers = tensor.GetProperty("type").GetString() switch
        {
            "float32" => [.. MemoryMarshal.Cast<byte, float>(data).ToArray().Select(n => (double)n)],
            "float64" => MemoryMarshal.Cast<byte, double>(data).ToArray(),
            "int64" => [.. MemoryMarshal.Cast<byte, long>(data).ToArray().Select(n => (double)n)],
            "bool" => [.. data.Select(n => (double)n)],
            string other => throw new NotSupportedException(other),
            null => throw new NotSupportedException("no type"),
        };
        return new OnnxOutput([.. tensor.GetProperty("dims").EnumerateArray().Select(d => d.GetInt64())], numbers);
    }

    private static string? FindNode() => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator).Select(folder => Path.Combine(folder, "node")).FirstOrDefault(File.Exists);
}

/// <summary>A model with the inputs to run it on, several batches of them.</summary>
internal sealed record OnnxRun(string Name, string Model, IReadOnlyList<IReadOnlyList<Tensor>> Batches);

/// <summary>What came of it: an error, or outputs for each batch.</summary>
internal sealed record OnnxResult(
    string? Error, IReadOnlyList<string> InputNames, IReadOnlyList<string> OutputNames, IReadOnlyList<OnnxOutput[]> Batches);

/// <summary>An output, row-major.</summary>
internal sealed record OnnxOutput(long[] Shape, double[] Numbers);
