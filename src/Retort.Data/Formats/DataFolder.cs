namespace Retort.Data.Formats;

/// <summary>The folder of a data set, which paths that files name must not lead out of.</summary>
internal static class DataFolder
{
    /// <summary>The full path of what a name stands for, in the folder or the folder itself. It need not exist.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="name">A path relative to it.</param>
    /// <param name="file">The file that names it, for errors.</param>
    /// <param name="place">Where in that file.</param>
    /// <exception cref="DataFormatException">It lies elsewhere.</exception>
    public static string Inside(string root, string name, string file, string place)
    {
        // A second separator at the end would never be found again.
        string folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root)) + Path.DirectorySeparatorChar;
        string path = Path.GetFullPath(Path.Combine(folder, name));
        return (path + Path.DirectorySeparatorChar).StartsWith(folder, StringComparison.Ordinal)
            ? path
            : throw new DataFormatException(file, place, $"'{name}' lies outside the data's folder");
    }
}
