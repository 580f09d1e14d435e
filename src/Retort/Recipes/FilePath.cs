namespace Retort.Recipes;

/// <summary>A path that a recipe names, with the absolute path it means.</summary>
/// <remarks>A relative path starts at the folder of the file that it is written in, so a recipe works from any working directory;
/// in a <c>--set</c> argument it starts at the working directory. <c>~/</c> is the user's home.</remarks>
public sealed record FilePath
{
    private FilePath(string text, string fullPath)
    {
        Text = text;
        FullPath = fullPath;
    }

    /// <summary>The path as it was written.</summary>
    public string Text { get; }

    /// <summary>The absolute path.</summary>
    public string FullPath { get; }

    /// <summary>Creates a path relative to a folder.</summary>
    /// <param name="text">A path, absolute or relative.</param>
    /// <param name="directory">Where a relative path starts; the working directory where null.</param>
    /// <exception cref="ArgumentException">The text is empty or holds a character that no path can have.</exception>
    public static FilePath From(string text, string? directory = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        return new FilePath(text, Resolve(text, directory ?? "."));
    }

    /// <summary>Returns the path as it was written.</summary>
    public override string ToString() => Text;

    internal static string Resolve(string text, string directory)
    {
        if (text == "~" || text.StartsWith("~/", StringComparison.Ordinal))
            text = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + text[1..];
        return text.Contains('\0', StringComparison.Ordinal)
            ? throw new ArgumentException($"A path cannot hold a NUL character: '{text}'.", nameof(text))
            : Path.GetFullPath(text, Path.GetFullPath(directory));
    }

    /// <summary>The entry beside a path that does not exist whose name is nearest, in the form of the path.</summary>
    internal static string? NearestEntry(string path)
    {
        try
        {
            string name = Path.GetFileName(path.TrimEnd('/'));
            string folder = Path.GetDirectoryName(Path.GetFullPath(path.TrimEnd('/'))) ?? "/";
            // A folder may hold a million images: looking at some of them is enough for a suggestion.
            if (name.Length == 0 || !Directory.Exists(folder))
                return null;
            IEnumerable<string> entries = Directory.EnumerateFileSystemEntries(folder).Take(2000);
            return Spelling.Nearest(name, entries.Select(entry => Path.GetFileName(entry)));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
