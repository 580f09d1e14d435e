using Retort.Data.Formats;

namespace Retort.Data.Sets;

/// <summary>CIFAR-10 in its binary form: colour pictures, 32 × 32, 10 classes.</summary>
/// <remarks>
/// Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009. The folder holds <c>data_batch_1.bin</c> … and
/// <c>test_batch.bin</c>, each with <c>.gz</c> or without; as many training batches as are there are used.
/// </remarks>
[Dataset("cifar10")]
public sealed record Cifar10 : DatasetOptions
{
    private static readonly string[] Classes =
        ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

    /// <inheritdoc/>
    protected override (IReadOnlyList<double> Mean, IReadOnlyList<double> Deviation)? Usual =>
        ([0.4914, 0.4822, 0.4465], [0.2470, 0.2435, 0.2616]);

    /// <inheritdoc/>
    public override Dataset Load(string root, string split)
    {
        ArgumentNullException.ThrowIfNull(root);
        string[] names = split switch
        {
            "train" => ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5"],
            "test" => ["test_batch"],
            _ => throw new DataFormatException(root, split, $"has no split '{split}'; the splits are train and test"),
        };
        (byte[] pixels, long[] labels) = CifarFolder.Load(root, split, "cifar-10-batches-bin", CifarKind.Cifar10, names);
        return Dataset.OfImages("cifar10", split, pixels, [3, 32, 32], labels, Classes);
    }
}
