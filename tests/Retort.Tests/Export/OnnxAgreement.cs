using Retort.Export;
using Retort.Tests.Data;
using Retort.Torch;
using Retort.Torch.Nn;
using Xunit.Sdk;

namespace Retort.Tests.Export;

/// <summary>Exports many modules, runs all files in one process, and keeps how far the two sides are apart.</summary>
public abstract class OnnxAgreement : IDisposable
{
    private const double Tolerance = 1e-4;
    private static readonly long[] BatchSizes = [1, 5];
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string?> _problems = [];

    /// <summary>Exports and runs every case.</summary>
    protected OnnxAgreement(IReadOnlyDictionary<string, OnnxCase> cases)
    {
        ArgumentNullException.ThrowIfNull(cases);
        if (OnnxRuntime.Missing is not null)
            return;
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        var generator = new Generator(7);
        var runs = new List<OnnxRun>();
        var expected = new List<List<Tensor>>();
        foreach ((string name, OnnxCase @case) in cases)
        {
            Engine.ManualSeed(5);
            try
            {
                using Module module = @case.Create();
                Perturb(module, generator);
                string path = Path.Combine(_folder.Path, $"{runs.Count}.onnx");
                OnnxExporter.Export(module, @case.Input(generator, 4), path);
                module.Eval();
                Tensor[] inputs = [.. BatchSizes.Select(size => @case.Input(generator, size))];
                expected.Add([.. inputs.Select(module.Call)]);
                runs.Add(new OnnxRun(name, path, [.. inputs.Select(input => (IReadOnlyList<Tensor>)[input])]));
            }
            catch (Exception e) when (e is ExportException or TorchException or ArgumentException)
            {
                _problems[name] = e.ToString();
            }
        }
        IReadOnlyList<OnnxResult> results = OnnxRuntime.Run(runs, _folder.Path);
        for (int k = 0; k < runs.Count; k++)
            _problems[runs[k].Name] = Compare(results[k], expected[k]);
    }

    /// <summary>Fails where the case's file does not give what our own forward gives.</summary>
    public void Require(string name)
    {
        Skip.If(OnnxRuntime.Missing is not null, OnnxRuntime.Missing);
        if (_problems[name] is { } problem)
            throw new XunitException(problem);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    // Fresh networks hold zeros and ones where an error would not show.
    private static void Perturb(Module module, Generator generator)
    {
        foreach (Parameter parameter in module.Parameters())
            parameter.Value.AddInPlace(Tensor.Randn(generator, parameter.Value.Shape) * 0.05);
        foreach ((string name, Retort.Torch.Nn.Buffer buffer) in module.NamedBuffers())
        {
            if (buffer.Value.DType == DType.Float32)
                buffer.Value.AddInPlace(Tensor.Rand(generator, buffer.Value.Shape) * (name.EndsWith("var", StringComparison.Ordinal) ? 0.5 : 0.1));
        }
    }

    private static string? Compare(OnnxResult result, List<Tensor> expected)
    {
        if (result.Error is not null)
            return result.Error;
        for (int k = 0; k < BatchSizes.Length; k++)
        {
            OnnxOutput output = result.Batches[k][0];
            string at = $"at batch size {BatchSizes[k]}";
            if (!output.Shape.SequenceEqual(expected[k].Shape))
                return $"the shape is [{string.Join(", ", output.Shape)}] {at}, not {Shapes.Text(expected[k])}.";
            double[] ours = expected[k].To(DType.Float64).ToArray<double>();
            if (ours.All(n => n == 0) && ours.Length > 1)
                return $"our own output is all zeros {at}, so the case shows nothing.";
            for (int e = 0; e < ours.Length; e++)
            {
                bool agree = ours[e] == output.Numbers[e] || Math.Abs(ours[e] - output.Numbers[e]) <= Tolerance * Math.Max(1, Math.Abs(ours[e]));
                if (!agree)
                    return $"element {e} is {output.Numbers[e]} {at}, not {ours[e]}.";
            }
        }
        return null;
    }
}

/// <summary>A module to export and the inputs that it takes.</summary>
/// <param name="Create">Makes the module.</param>
/// <param name="Shape">Sizes of an input beyond the batch.</param>
/// <param name="Tokens">How many different whole numbers the input holds; 0 for normal numbers.</param>
public sealed record OnnxCase(Func<Module> Create, long[] Shape, int Tokens = 0)
{
    internal Tensor Input(Generator generator, long batch)
    {
        long[] shape = [batch, .. Shape];
        return Tokens == 0
            ? Tensor.Randn(generator, shape)
            : (Tensor.Rand(generator, shape) * Tokens).Floor().To(DType.Int64);
    }
}
