using Retort.Distillation;
using Retort.Golden;
using Retort.Models.Vision;
using Retort.Synthesis;
using Retort.Torch;

namespace Retort.Methods.Datasets;

/// <summary>The ConvNet that a reference vector of a data set method was computed with.</summary>
internal static class GoldenNetworks
{
    /// <summary>A network of the shapes of the vector's <c>param:</c> tensors, with their values.</summary>
    public static Surrogate Bound(GoldenInputs vector, Tensor samples, int classes)
    {
        ConvNet network = Of(
            vector.Names.Where(n => n.StartsWith("param:features", StringComparison.Ordinal)).Select(n => vector[n].Shape),
            samples, classes);
        network.To(dtype: samples.DType);
        IReadOnlyDictionary<string, Tensor> values = vector.Names.Where(n => n.StartsWith("param:", StringComparison.Ordinal))
            .ToDictionary(n => n["param:".Length..], n => vector[n]);
        network.LoadStateDict(values, strict: false);
        return new Surrogate(new Role("network", network));
    }

    /// <summary>A network whose kernels have these shapes; its values do not matter.</summary>
    public static ConvNet Of(IEnumerable<long[]> shapes, Tensor samples, int classes)
    {
        long[][] kernels = [.. shapes.Where(s => s.Length == 4)];
        if (kernels.Length == 0)
            throw new GoldenException("there is no kernel of a ConvNet among the parameters");
        return (ConvNet)new ConvNetOptions
        {
            InChannels = (int)samples.Size(1),
            ImageSize = (int)samples.Size(2),
            Depth = kernels.Length,
            Width = (int)kernels[0][0],
            Classes = classes,
        }.Build();
    }
}
