using Retort.Export;
using Retort.Reports;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Runs;

/// <summary>What a trained model costs: size, operations and time.</summary>
internal static class ModelCost
{
    public static ModelSummary Measure(RunSummaryBuilder builder, string name, bool latency)
    {
        using var scope = new TensorScope();
        using Module model = builder.Trained(name).Model;
        Tensor example = Example(builder, builder.Device);
        ModelProfile profile = ModelProfile.Measure(model, example, new ModelProfileOptions
        {
            BatchSizes = latency ? [1, 128] : [],
            Budget = TimeSpan.FromSeconds(0.5),
        });
        return new ModelSummary
        {
            Name = name,
            Architecture = builder.ArchitectureOf(name),
            Parameters = profile.Parameters,
            Macs = profile.Macs,
            Bytes = profile.Bytes,
            LatencyMilliseconds = profile.Latency.Count > 0 ? profile.Latency[0].P50Milliseconds : double.NaN,
            Latency = profile.Latency,
        };
    }

    /// <summary>An input of the run's data, one sample.</summary>
    public static Tensor Example(RunSummaryBuilder builder, Device device) =>
        builder.Data!.Sample(builder.Names.Split).Input.To(device);
}
