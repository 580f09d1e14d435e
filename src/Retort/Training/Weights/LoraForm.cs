using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Training.Weights;

/// <summary>See <see cref="LoraChoice"/>.</summary>
internal sealed class LoraForm : WeightForm
{
    /// <summary>Numbers that train, for each of the network's own.</summary>
    public const string ShareFigure = "trained_share";

    private readonly (string Name, Parameter Weight, Parameter Down, Parameter Up, double Scale)[] _factors;
    private readonly double _share;

    public LoraForm(Module network, LoraChoice options)
        : base(network)
    {
        HashSet<Parameter>? adapted = options.Adapt.Count == 0
            ? null
            : [.. options.Adapt.SelectMany(path => network.Find(path).Parameters())];
        KeyValuePair<string, Parameter>[] weights =
            [.. WeightsOf(network, options.Whole).Where(w => adapted?.Contains(w.Value) ?? true)];
        if (weights.Length == 0)
            throw new ArgumentException("none of the modules to adapt has a weight.");
        network.SetTrainable(false);
        foreach (string path in options.Whole)
            network.Find(path).SetTrainable(true);
        _factors = Array.ConvertAll(weights, w => FactorsOf(w.Key, w.Value, options));
        long trained = network.Parameters().Where(p => p.Trainable).Concat(Parts.Parameters()).Sum(p => p.Value.NumElements);
        _share = (double)trained / network.ParameterCount();
    }

    public override IReadOnlyDictionary<string, double> Figures() => new Dictionary<string, double> { [ShareFigure] = _share };

    protected override IReadOnlyDictionary<string, Tensor> Make(bool training) => _factors.ToDictionary(
        f => f.Name,
        f => f.Weight + (f.Up.Value.MatMul(f.Down) * f.Scale).Reshape(f.Weight.Value.Shape),
        StringComparer.Ordinal);

    private (string Name, Parameter Weight, Parameter Down, Parameter Up, double Scale) FactorsOf(
        string name, Parameter weight, LoraChoice options)
    {
        using GradMode off = Autograd.NoGrad();
        using var scope = new TensorScope();
        long rows = weight.Value.Size(0), columns = weight.Value.NumElements / rows;
        long rank = Math.Min(options.Rank, Math.Min(rows, columns));
        Device device = weight.Value.Device;
        Tensor down = Init.KaimingUniform(Tensor.Empty(DType.Float32, rank, columns), slope: Math.Sqrt(5)).To(device);
        return (
            name, weight, Own(name, "down", down), Own(name, "up", Tensor.Zeros(rows, rank).To(device)),
            (options.Alpha ?? options.Rank) / options.Rank);
    }
}
