namespace Retort.Export.Onnx;

/// <summary>Writes one operator with operators of ONNX.</summary>
/// <returns>
/// The result: an <see cref="OnnxValue"/>, a number, or object?[] for a list or for several results in order.
/// </returns>
internal delegate object? Lowering(OperatorCall call);

/// <summary>All operators that can be written, by name without overload.</summary>
internal sealed class LoweringTable
{
    private static readonly Lazy<LoweringTable> Shared = new(() => new LoweringTable());
    private readonly Dictionary<string, Lowering> _lowerings = [];

    private LoweringTable()
    {
        GraphLowerings.Register(this);
        ActivationLowerings.Register(this);
        ArithmeticLowerings.Register(this);
        ComparisonLowerings.Register(this);
        ReductionLowerings.Register(this);
        ShapingLowerings.Register(this);
        IndexingLowerings.Register(this);
        FactoryLowerings.Register(this);
        ConvolutionLowerings.Register(this);
        PoolingLowerings.Register(this);
        ResamplingLowerings.Register(this);
        PaddingLowerings.Register(this);
        NormalizationLowerings.Register(this);
        ProductLowerings.Register(this);
        RecurrentLowerings.Register(this);
    }

    public static LoweringTable Default => Shared.Value;

    public IReadOnlyCollection<string> Operators => _lowerings.Keys;

    public void Add(string op, Lowering lowering) => _lowerings.Add(op, lowering);

    public void Add(ReadOnlySpan<string> ops, Lowering lowering)
    {
        foreach (string op in ops)
            Add(op, lowering);
    }

    /// <summary>Finds an operator; one that works in place is written as the one that does not.</summary>
    public Lowering? Find(string op) =>
        _lowerings.GetValueOrDefault(op) ?? (op.EndsWith('_') ? _lowerings.GetValueOrDefault(op.TrimEnd('_')) : null);
}
