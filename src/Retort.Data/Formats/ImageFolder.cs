namespace Retort.Data.Formats;

/// <summary>Lists image folders: one sub-folder a class, or one a split and one a class below it.</summary>
/// <remarks>As in torchvision, classes are the sorted folder names and images may lie at any depth below. A set is taken to
/// have splits where every top folder is named like one: <c>train</c>, <c>val</c>, <c>valid</c>, <c>validation</c>,
/// <c>dev</c>, <c>test</c>.</remarks>
public static class ImageFolder
{
    // A link that leads back up would make the walk endless.
    private const int MaxDepth = 8;

    private static readonly string[] SplitNames = ["train", "val", "valid", "validation", "dev", "test"];
    private static readonly string[] Extensions = [".png", ".jpg", ".jpeg"];

    /// <summary>Names of the splits, in ordinal order; empty where the top folders are classes.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static IReadOnlyList<string> Splits(string root)
    {
        string[] names = SubFolders(root);
        return names.Length > 0 && Array.TrueForAll(names, name => SplitNames.Contains(name)) ? names : [];
    }

    /// <summary>Lists one split, or a folder without splits.</summary>
    /// <param name="root">The set's folder.</param>
    /// <param name="split">A folder of <see cref="Splits"/>; null where the top folders are classes.</param>
    /// <exception cref="DataFormatException">There are no class folders, no such split, or a class without images.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static ImageFolderListing List(string root, string? split = null)
    {
        IReadOnlyList<string> splits = Splits(root);
        if (split is null && splits.Count > 0)
            throw new DataFormatException(root, "folder", $"the folder has splits ({string.Join(", ", splits)}): name one");
        if (split is not null && !splits.Contains(split))
        {
            string found = splits.Count == 0 ? "the folder has no splits" : $"its splits are: {string.Join(", ", splits)}";
            throw new DataFormatException(root, "folder", $"there is no split '{split}'; {found}");
        }

        string folder = split is null ? root : Path.Combine(root, split);
        string[] classes = SubFolders(folder);
        if (classes.Length == 0)
            throw new DataFormatException(folder, "folder", "there are no sub-folders; one a class is expected");
        List<LabelledFile> files = [];
        for (int label = 0; label < classes.Length; label++)
        {
            int before = files.Count;
            foreach (string path in Images(Path.Combine(folder, classes[label])))
                files.Add(new LabelledFile(path, label));
            if (files.Count == before)
                throw new DataFormatException(
                    Path.Combine(folder, classes[label]), "folder", "the class has no .png, .jpg or .jpeg file");
        }
        return new ImageFolderListing(classes, files);
    }

    private static string[] SubFolders(string folder)
    {
        string[] names =
            [.. Directory.EnumerateDirectories(folder).Select(path => Path.GetFileName(path)).Where(name => name[0] != '.')];
        Array.Sort(names, StringComparer.Ordinal);
        return names;
    }

    private static string[] Images(string folder)
    {
        EnumerationOptions options = new() { RecurseSubdirectories = true, MaxRecursionDepth = MaxDepth };
        string[] paths = [.. Directory.EnumerateFiles(folder, "*", options)
            .Where(path => Extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase))];
        Array.Sort(paths, StringComparer.Ordinal);
        return paths;
    }
}
