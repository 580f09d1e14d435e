using Retort.Data.Formats;

namespace Retort.Data.Sets;

/// <summary>CIFAR-100 in its binary form: colour pictures, 32 × 32, 100 classes.</summary>
/// <remarks>
/// Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009. The folder holds <c>train.bin</c> and
/// <c>test.bin</c>, each with <c>.gz</c> or without, and <c>fine_label_names.txt</c> where names are wanted.
/// </remarks>
[Dataset("cifar100")]
public sealed record Cifar100 : DatasetOptions
{
    private const string Inner = "cifar-100-binary";

    /// <inheritdoc/>
    protected override (IReadOnlyList<double> Mean, IReadOnlyList<double> Deviation)? Usual =>
        ([0.5071, 0.4865, 0.4409], [0.2673, 0.2564, 0.2762]);

    /// <inheritdoc/>
    public override Dataset Load(string root, string split)
    {
        ArgumentNullException.ThrowIfNull(root);
        if (split is not ("train" or "test"))
            throw new DataFormatException(root, split, $"has no split '{split}'; the splits are train and test");
        (byte[] pixels, long[] labels) = CifarFolder.Load(root, split, Inner, CifarKind.Cifar100, [split]);
        return Dataset.OfImages("cifar100", split, pixels, [3, 32, 32], labels, Names(root));
    }

    private static string[] Names(string root)
    {
        const string file = "fine_label_names.txt";
        string? path = ((string[])[Path.Combine(root, file), Path.Combine(root, Inner, file)]).FirstOrDefault(File.Exists);
        if (path is null)
            return [.. Enumerable.Range(0, 100).Select(k => $"class {k}")];
        string[] names = [.. TextFile.Lines(path).Select(line => line.Trim()).Where(line => line.Length > 0)];
        return names.Length == 100
            ? names
            : throw new DataFormatException(path, "file", $"has {names.Length} names; 100 are expected");
    }
}
