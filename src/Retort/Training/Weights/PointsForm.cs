using Retort.Compression;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Training.Weights;

/// <summary>See <see cref="PointsChoice"/>.</summary>
internal sealed class PointsForm : WeightForm
{
    private readonly PointsChoice _options;
    private readonly KeyValuePair<string, Parameter>[] _weights;
    private readonly Parameter[] _points;

    public PointsForm(Module network, PointsChoice options)
        : base(network)
    {
        _options = options;
        _weights = WeightsOf(network, options.Skip, options.Biases);
        _points = Array.ConvertAll(_weights, w => Own(w.Key, "points", Quantiles(w.Value, options.Count)));
        if (!options.ByGradient)
            network.SetTrainable(false);
    }

    public override bool WantsGradients => _options.ByGradient;

    public override void Attune(IReadOnlyDictionary<string, Tensor> gradients)
    {
        ArgumentNullException.ThrowIfNull(gradients);
        double[] norms =
        [
            .. _weights.Select(w => gradients.TryGetValue(w.Key, out Tensor? slope) ? slope.Norm(2).ToDouble() : 0),
        ];
        int[] counts = Quantization.Allocate(norms, _options.Count);
        for (int k = 0; k < _points.Length; k++)
        {
            using Tensor before = _points[k].Value;
            _points[k].Value = Quantiles(_weights[k].Value, counts[k]);
            _points[k].Trainable = true;
        }

        Network.SetTrainable(false);
    }

    // Moved past each other, they would no longer be the nearest of the weights that they stand for.
    public override void Advance()
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        foreach (Parameter points in _points)
            points.Value.CopyInPlace(points.Value.Sort().Item1);
    }

    public override IReadOnlyDictionary<string, double> Figures()
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        var size = new PackedSize(Network);
        foreach (((_, Parameter weight), Parameter points) in _weights.Zip(_points))
        {
            int count = checked((int)points.Value.Size(0));
            size.Add(weight, Quantization.Nearest(weight, points, _options.Bucket).Codes, count, _options.Bucket, count);
        }

        return SizeFigures.Of(size);
    }

    protected override IReadOnlyDictionary<string, Tensor> Make(bool training)
    {
        var made = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (((string name, Parameter weight), Parameter points) in _weights.Zip(_points))
        {
            // Adding to zeros that lie as the weight does keeps its layout, which convolutions are fast with.
            made[name] = weight.Value.Detach().ZerosLike() + Quantization.Nearest(weight, points, _options.Bucket).Values;
        }

        return made;
    }

    private Tensor Quantiles(Tensor weight, int count)
    {
        using GradMode off = Autograd.NoGrad();
        return Quantization.QuantilePoints(weight, count, _options.Bucket);
    }
}
