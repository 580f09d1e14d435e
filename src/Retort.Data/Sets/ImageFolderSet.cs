using System.ComponentModel.DataAnnotations;
using Retort.Data.Formats;

namespace Retort.Data.Sets;

/// <summary>How a picture of any size becomes a square one.</summary>
public enum ImageFit
{
    /// <summary>The shorter side is scaled to size and the middle is cut out: proportions stay.</summary>
    Crop,

    /// <summary>Both sides are scaled to size.</summary>
    Stretch,
}

/// <summary>PNG and JPEG files in one sub-folder a class, with folders <c>train</c> and <c>test</c> above them or
/// without.</summary>
/// <remarks>
/// <para>Classes are the folder names in order, as in torchvision. Pictures are decoded when they are asked for, and kept while
/// memory for them lasts. A <c>val</c> folder serves as <c>test</c> where there is none of that name.</para>
/// <para>Without split folders, a share of each class is held out for <c>test</c>.</para>
/// </remarks>
[Dataset("image-folder")]
public sealed record ImageFolderSet : DatasetOptions
{
    /// <summary>Width and height of the pictures that models get.</summary>
    [Range(1, 4096)]
    public int Size { get; init; } = 224;

    /// <summary>Length of the shorter side before the middle is cut out; null for 8/7 of the size, as is usual.</summary>
    [Range(1, 8192)]
    public int? ShorterSide { get; init; }

    /// <summary>How a picture of any size becomes a square one.</summary>
    public ImageFit Fit { get; init; }

    /// <summary>Whether pictures are grey (one channel) rather than coloured (three).</summary>
    public bool Grey { get; init; }

    /// <summary>Share of each class that is held out for <c>test</c> where there are no split folders.</summary>
    [Range(0.0, 0.9)]
    public double TestFraction { get; init; } = 0.2;

    /// <summary>Decoded pictures are kept if all of a split take no more than this.</summary>
    [Range(0, 1 << 20)]
    public int CacheMebibytes { get; init; } = 1024;

    /// <inheritdoc/>
    protected override (IReadOnlyList<double> Mean, IReadOnlyList<double> Deviation)? Usual => Grey
        ? ([0.449], [0.226])
        : ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);

    /// <inheritdoc/>
    public override Dataset Load(string root, string split)
    {
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(split);
        if (ShorterSide < Size)
            throw new DataFormatException(root, "shorter_side", $"is {ShorterSide}; it must be at least the size, {Size}");
        if (!Directory.Exists(root))
            throw new DataFormatException(root, "folder", "there is no such folder");
        IReadOnlyList<string> folders = ImageFolder.Splits(root);
        if (folders.Count == 0)
            return LoadWhole(root, split);

        ImageFolderListing listing = ImageFolder.List(root, FolderOf(folders, split));
        string[] classes = [.. folders.Contains("train") ? ImageFolder.List(root, "train").Classes : listing.Classes];
        var labels = new Dictionary<int, long>();
        for (int k = 0; k < listing.Classes.Count; k++)
        {
            int label = Array.IndexOf(classes, listing.Classes[k]);
            labels[k] = label >= 0 ? label : throw new DataFormatException(
                Path.Combine(root, split, listing.Classes[k]), "folder", "the class is not among those of the training split");
        }
        return Make(root, split, listing.Files, [.. listing.Files.Select(file => labels[file.Label])], classes);
    }

    private static string FolderOf(IReadOnlyList<string> folders, string split) =>
        folders.Contains(split) ? split
        : split is "test" or "validation"
            ? folders.FirstOrDefault(name => name is "val" or "valid" or "validation" or "dev") ?? split
        : split;

    private Dataset LoadWhole(string root, string split)
    {
        if (split is not ("train" or "test"))
            throw new DataFormatException(root, split, $"has no split '{split}'; without split folders there are train and test");
        ImageFolderListing listing = ImageFolder.List(root);
        Dataset whole = Make(root, split, listing.Files, [.. listing.Files.Select(file => (long)file.Label)], listing.Classes);
        (Dataset test, Dataset train) = whole.SplitOff(TestFraction, seed: 0);
        return split == "test" ? test : train;
    }

    private Dataset Make(
        string root, string split, IReadOnlyList<LabelledFile> files, long[] labels, IReadOnlyList<string> classes)
    {
        var source = new ImageFileSource(root, [.. files.Select(file => file.Path)], this);
        long bytes = (long)files.Count * Size * Size * (Grey ? 1 : 3);
        return Dataset.Of(
            "image-folder", split, bytes <= (long)CacheMebibytes << 20 ? new CachedSource(source) : source, labels, classes);
    }
}
