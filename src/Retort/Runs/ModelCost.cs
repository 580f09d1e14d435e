using System.Diagnostics;
using Retort.Reports;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Runs;

/// <summary>What a trained model costs: size and time.</summary>
internal static class ModelCost
{
    private const int WarmUpPasses = 3;
    private const double SecondsABatchSize = 0.4;
    private static readonly int[] BatchSizes = [1, 128];

    public static ModelSummary Measure(RunSummaryBuilder builder, string name, bool latency)
    {
        using var scope = new TensorScope();
        Module model = builder.Trained(name).Model;
        long[] shape = [.. builder.Data!.Split(builder.Names.Split).SampleShape];
        IReadOnlyDictionary<string, Tensor> state = model.StateDict();
        LatencySummary[] measured = latency ? Array.ConvertAll(BatchSizes, size => Time(model, [size, .. shape], builder.Device)) : [];
        var summary = new ModelSummary
        {
            Name = name,
            Architecture = builder.ArchitectureOf(name),
            Parameters = model.ParameterCount(),
            Bytes = state.Values.Sum(t => t.NumElements * t.DType.Size()),
            LatencyMilliseconds = measured.Length > 0 ? measured[0].P50Milliseconds : double.NaN,
            Latency = measured,
        };
        model.Dispose();
        return summary;
    }

    private static LatencySummary Time(Module model, long[] shape, Device device)
    {
        using GradMode off = Autograd.NoGrad();
        using var scope = new TensorScope();
        Tensor input = Tensor.Zeros(shape).To(device);
        var times = new List<double>();
        long begin = Stopwatch.GetTimestamp();
        for (int pass = 0; pass < WarmUpPasses + 5 || Stopwatch.GetElapsedTime(begin).TotalSeconds < SecondsABatchSize; pass++)
        {
            using var inner = new TensorScope();
            long start = Stopwatch.GetTimestamp();
            model.Call(input);
            Engine.Synchronize(device);
            if (pass >= WarmUpPasses)
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        times.Sort();
        return new LatencySummary((int)shape[0], times[times.Count / 2], times[(int)(times.Count * 0.95)]);
    }
}
