namespace Retort.Tests.Data;

/// <summary>Finds the public data sets that some tests read: a folder `shared/data` beside or above the repository.</summary>
internal static class SharedData
{
    /// <summary>Path of a file of the shared data; skips the test where it is absent.</summary>
    public static string Require(params string[] parts)
    {
        string relative = Path.Combine(parts);
        foreach (string root in Roots())
        {
            string path = Path.Combine(root, "data", relative);
            if (File.Exists(path) || Directory.Exists(path))
                return path;
        }
        throw new SkipException($"The shared data has no '{relative}' here (set RETORT_SHARED to the folder above `data`).");
    }

    private static IEnumerable<string> Roots()
    {
        if (Environment.GetEnvironmentVariable("RETORT_SHARED") is { Length: > 0 } named)
            yield return named;
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            yield return Path.Combine(folder.FullName, "shared");
    }
}
