namespace Retort.Data.Sets;

/// <summary>MNIST: 60,000 and 10,000 grey pictures of handwritten digits, 28 × 28, 10 classes.</summary>
/// <remarks>LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition", 1998.
/// <c>retort data get mnist</c> fetches it.</remarks>
[Dataset("mnist")]
public sealed record Mnist : IdxImages
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassNames { get; init; } = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

    /// <inheritdoc/>
    protected override (IReadOnlyList<double> Mean, IReadOnlyList<double> Deviation)? Usual => ([0.1307], [0.3081]);

    /// <inheritdoc/>
    protected override string SetName => "mnist";
}
