namespace Retort.Data.Sets;

/// <summary>Fashion-MNIST: 60,000 and 10,000 grey pictures of clothes, 28 × 28, 10 classes.</summary>
/// <remarks>Xiao, Rasul and Vollgraf, arXiv:1708.07747. <c>retort data get fashion-mnist</c> fetches it.</remarks>
[Dataset("fashion-mnist")]
public sealed record FashionMnist : IdxImages
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassNames { get; init; } =
        ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];

    /// <inheritdoc/>
    protected override (IReadOnlyList<double> Mean, IReadOnlyList<double> Deviation)? Usual => ([0.2860], [0.3530]);

    /// <inheritdoc/>
    protected override string SetName => "fashion-mnist";
}
