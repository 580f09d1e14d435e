using System.Text.Json;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Torch.Nn;

/// <summary>The twin of tools/facts_common.py: the same values, so that the same numbers must come out.</summary>
internal static class FactPattern
{
    public static Tensor Pattern(ReadOnlySpan<long> shape, long key)
    {
        long count = 1;
        foreach (long size in shape)
            count *= size;
        double[] values = new double[count];
        for (long j = 0; j < count; j++)
            values[j] = (31 * j * j + 7919 * j + 104729 * key) % 10007 / 10007.0 - 0.5;
        return Tensor.From(values, shape);
    }

    public static Tensor Source(ReadOnlySpan<long> shape, long key = 1000) =>
        (2 * Pattern(shape, key)).Detach().SetRequiresGrad();

    public static void Fill(Module module)
    {
        module.To(dtype: DType.Float64);
        using GradMode off = Autograd.NoGrad();
        int key = 0;
        foreach ((string name, Tensor tensor) in module.StateDict().OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            int rank = key++;
            if (tensor.DType != DType.Float64)
                continue;
            Tensor values = Pattern(tensor.Shape, rank);
            bool scale = name.EndsWith("running_var", StringComparison.Ordinal)
                || (name.EndsWith("weight", StringComparison.Ordinal) && tensor.Dimensions == 1);
            if (scale)
                values = 1 + 0.4 * values;
            else if (tensor.Dimensions >= 2)
                values = values * Math.Sqrt(24.0 / (tensor.NumElements / tensor.Size(0)));
            else
                values = 0.5 * values;
            tensor.CopyInPlace(values);
        }
    }

    public static double Dot(Tensor tensor)
    {
        Tensor flat = tensor.Detach().To(DType.Float64).Reshape([-1]);
        return (flat * Pattern(flat.Shape, 3)).Sum().ToDouble();
    }

    /// <summary>Compares outputs and gradients with a recorded fact.</summary>
    public static void Check(JsonElement fact, Module module, Func<Tensor[]> run, Tensor[] inputs, double tolerance = 1e-9)
    {
        Tensor[] outputs = run();
        Assert.Equal(fact.GetProperty("shapes").EnumerateArray().Select(Sizes), outputs.Select(o => o.Shape));
        Near("head", Numbers(fact.GetProperty("head")), outputs.SelectMany(Head), tolerance);
        Near("dots", Numbers(fact.GetProperty("dots")), outputs.Select(Dot), tolerance);
        if (!fact.TryGetProperty("inputGradients", out JsonElement inputGradients))
            return;

        module.ZeroGrad();
        Tensor loss = outputs.Select(o => (o * Pattern(o.Shape, 5)).Sum()).Aggregate((a, b) => a + b);
        loss.Backward();
        Near("inputGradients", Numbers(inputGradients), inputs.Select(i => i.Grad is null ? 0 : Dot(i.Grad)), tolerance);
        if (fact.TryGetProperty("gradients", out JsonElement gradients))
        {
            foreach (JsonProperty gradient in gradients.EnumerateObject())
                Near(gradient.Name, [gradient.Value.GetDouble()], [Dot(Parameter(module, gradient.Name).Grad!)], tolerance);
        }
        if (fact.TryGetProperty("gradientSum", out JsonElement sum))
            Near("gradientSum", [sum.GetDouble()], [module.Parameters().Sum(p => Math.Abs(Dot(p.Value.Grad!)))], tolerance);
        if (fact.TryGetProperty("buffers", out JsonElement buffers))
        {
            foreach (JsonProperty buffer in buffers.EnumerateObject())
                Near(buffer.Name, [buffer.Value.GetDouble()], [Dot(module.StateDict()[buffer.Name])], tolerance);
        }
        if (fact.TryGetProperty("bufferSum", out JsonElement bufferSum))
            Near("bufferSum", [bufferSum.GetDouble()], [module.NamedBuffers().Sum(b => Dot(b.Value))], tolerance);
    }

    public static double[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(n => n.GetDouble())];

    public static long[] Sizes(JsonElement array) => [.. array.EnumerateArray().Select(n => n.GetInt64())];

    public static IEnumerable<double> Head(Tensor tensor) =>
        tensor.Detach().To(DType.Float64).Contiguous().ToArray<double>().Take(4);

    public static void Near(string what, IEnumerable<double> expected, IEnumerable<double> actual, double tolerance)
    {
        double[] wanted = [.. expected], got = [.. actual];
        Assert.Equal(wanted.Length, got.Length);
        for (int i = 0; i < wanted.Length; i++)
            Assert.True(
                Math.Abs(wanted[i] - got[i]) <= tolerance * Math.Max(1, Math.Abs(wanted[i])),
                $"{what}[{i}]: expected {wanted[i]:R}, got {got[i]:R}.");
    }

    public static Dictionary<string, JsonElement> Read(params string[] path)
    {
        string file = Path.Combine([AppContext.BaseDirectory, .. path]);
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(file));
        return document.RootElement.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.Clone(), StringComparer.Ordinal);
    }

    private static Tensor Parameter(Module module, string name) =>
        module.NamedParameters().Single(p => p.Key == name).Value.Value;
}
