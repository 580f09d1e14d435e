using Retort.Compression;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Training.Weights;

/// <summary>See <see cref="QuantizedChoice"/>.</summary>
internal sealed class QuantizedForm(Module network, QuantizedChoice options) : WeightForm(network)
{
    private readonly KeyValuePair<string, Parameter>[] _weights = WeightsOf(network, options.Skip, options.Biases);

    private int Levels => 1 << options.Bits;

    public override IReadOnlyDictionary<string, double> Figures()
    {
        using var scope = new TensorScope();
        var size = new PackedSize(Network);
        foreach ((_, Parameter weight) in _weights)
            size.Add(weight, Quantization.Uniform(weight, Levels, options.Bucket).Codes, Levels, options.Bucket);
        return SizeFigures.Of(size);
    }

    protected override IReadOnlyDictionary<string, Tensor> Make(bool training)
    {
        var made = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach ((string name, Parameter weight) in _weights)
        {
            Tensor rounded = Quantization.Uniform(weight, Levels, options.Bucket, training && options.Stochastic).Values;

            // The value is the rounded one to the bit, its layout the weight's, and the gradient as if nothing had been rounded.
            made[name] = weight.Value - weight.Value.Detach() + rounded;
        }

        return made;
    }
}
