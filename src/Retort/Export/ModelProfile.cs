using Retort.Reports;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Export;

/// <summary>What a model costs to store and to run.</summary>
/// <param name="Parameters">Numbers in the parameters, buffers left out.</param>
/// <param name="Macs">Multiply-accumulate operations of one sample's forward pass; see <see cref="CountMacs"/>.</param>
/// <param name="Bytes">Bytes of parameters and buffers as they are stored.</param>
/// <param name="Latency">How long a forward pass takes, by batch size.</param>
public sealed record ModelProfile(long Parameters, long Macs, long Bytes, IReadOnlyList<LatencySummary> Latency)
{
    /// <summary>Measures a model.</summary>
    /// <param name="module">The model; it is in evaluation mode while it is measured, and back afterwards.</param>
    /// <param name="example">An input, [N, …] with N at least 1, on the model's device; its first sample is repeated.</param>
    /// <param name="options">Batch sizes and how long to measure; null for the defaults.</param>
    public static ModelProfile Measure(Module module, Tensor example, ModelProfileOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        options ??= new ModelProfileOptions();
        options.Validate();
        return new ModelProfile(
            module.ParameterCount(), CountMacs(module, example), CountBytes(module),
            [.. options.BatchSizes.Select(size => MeasureLatency(module, example, size, options))]);
    }

    /// <summary>Counts the multiply-accumulate operations of one sample's forward pass, as papers do.</summary>
    /// <remarks>
    /// Convolutions, matrix products, attention and recurrent layers count; biases, normalisations, activations and
    /// poolings do not. A multiplication and the addition after it are one operation.
    /// </remarks>
    /// <param name="module">The model; it is traced in evaluation mode.</param>
    /// <param name="example">An input, [N, …] with N at least 1.</param>
    public static long CountMacs(Module module, Tensor example)
    {
        ArgumentNullException.ThrowIfNull(module);
        using var scope = new TensorScope();
        using IDisposable evaluation = Evaluation.Of(module);
        using GradMode off = Autograd.NoGrad();
        using ScriptModule traced = ScriptModule.Trace(module, Batch(example, 1));
        return MacCounter.Count(traced.Graph());
    }

    /// <summary>Counts the bytes of parameters and buffers as a checkpoint stores them.</summary>
    public static long CountBytes(Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        return module.StateDict().Values.Sum(t => t.NumElements * t.DType.Size());
    }

    /// <summary>Times forward passes on the calling thread with the thread setting that it has.</summary>
    /// <param name="module">The model; it is in evaluation mode while it is measured, and back afterwards.</param>
    /// <param name="example">An input, [N, …] with N at least 1, on the model's device; its first sample is repeated.</param>
    /// <param name="batchSize">Samples in a pass.</param>
    /// <param name="options">How long to measure; null for the defaults.</param>
    /// <returns>Nearest-rank percentiles over the passes, in milliseconds for the whole batch.</returns>
    public static LatencySummary MeasureLatency(Module module, Tensor example, int batchSize, ModelProfileOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        options ??= new ModelProfileOptions();
        options.Validate();
        using var scope = new TensorScope();
        using IDisposable evaluation = Evaluation.Of(module);
        using GradMode off = Autograd.NoGrad();
        Tensor input = Batch(example, batchSize);
        for (int k = 0; k < options.WarmUpPasses; k++)
            Pass(module, input);
        var milliseconds = new List<double>();
        long start = options.Clock.GetTimestamp();
        while (milliseconds.Count < options.MostPasses &&
               (milliseconds.Count < options.LeastPasses || options.Clock.GetElapsedTime(start) < options.Budget))
        {
            long before = options.Clock.GetTimestamp();
            Pass(module, input);
            milliseconds.Add(options.Clock.GetElapsedTime(before).TotalMilliseconds);
        }
        milliseconds.Sort();
        double Percentile(double share) => milliseconds[(int)Math.Ceiling(share * milliseconds.Count) - 1];
        return new LatencySummary(batchSize, Percentile(0.5), Percentile(0.95));
    }

    private static void Pass(Module module, Tensor input)
    {
        using var scope = new TensorScope();
        Tensor output = module.Call(input);
        Engine.Synchronize(output.Device);
    }

    private static Tensor Batch(Tensor example, long size)
    {
        ArgumentNullException.ThrowIfNull(example);
        Shapes.RequireBatched(example, atLeast: 1);
        if (example.Size(0) == 0)
            throw new ShapeException($"'example' {Shapes.Text(example)} holds no sample.");
        long[] shape = example.Shape;
        shape[0] = size;
        return example.Detach().Narrow(0, 0, 1).Expand(shape).Contiguous();
    }
}
