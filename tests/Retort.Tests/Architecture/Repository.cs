namespace Retort.Tests.Architecture;

/// <summary>The checkout that the tests were built in.</summary>
internal static class Repository
{
    private static readonly string[] Written = [".cs", ".cpp", ".h", ".py", ".sh", ".md", ".yaml", ".yml", ".json", ".txt", ".csproj", ".props", ".slnx", ".awk"];

    /// <summary>The folder that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>C# files of a folder at the root that people wrote, with their lines.</summary>
    public static IEnumerable<SourceFile> HandWritten(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.EndsWith(".g.cs", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(f => new SourceFile(Path.GetRelativePath(Root, f).Replace('\\', '/'), File.ReadAllLines(f)));

    /// <summary>All text files that people wrote, outside what git, builds and lock files keep.</summary>
    public static IEnumerable<string> TextFiles() =>
        Directory.EnumerateFiles(Root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            .Where(f => IsText(Path.GetRelativePath(Root, f).Replace('\\', '/')));

    private static bool IsText(string path)
    {
        string[] parts = path.Split('/');
        if (parts.Any(p => p is ".git" or "artifacts" or "obj" or "bin" or "runs" or "node_modules" or "packages.lock.json"))
            return false;
        string extension = Path.GetExtension(path);
        return Written.Contains(extension) || (extension.Length == 0 && parts[0] is "retort" or "test" or ".ci");
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Retort.slnx")))
                return folder.FullName;
        }

        throw new SkipException("The tests do not run inside a checkout, so there are no sources to look at.");
    }
}

/// <summary>A source file: its path from the root, with slashes, and its lines.</summary>
internal sealed record SourceFile(string Path, string[] Lines)
{
    /// <summary>The name without folder and extension.</summary>
    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);
}
