using System.Globalization;

namespace Retort.Runs;

/// <summary>Says which files a result depends on, so that a changed file under the same path counts as a change.</summary>
internal static class InputFiles
{
    private const int MostFiles = 200_000;

    /// <summary>A file's path, length and time of writing; the path alone where it is not there.</summary>
    public static string Of(string path)
    {
        var file = new FileInfo(path);
        return file.Exists
            ? string.Create(CultureInfo.InvariantCulture, $"{file.FullName}:{file.Length}:{file.LastWriteTimeUtc.Ticks}")
            : path;
    }

    /// <summary>All files below a folder, in a fixed order; the path alone where it is not there.</summary>
    public static string Below(string folder) => Directory.Exists(folder)
        ? string.Join('|', Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Take(MostFiles).Order(StringComparer.Ordinal).Select(Of))
        : Of(folder);
}
