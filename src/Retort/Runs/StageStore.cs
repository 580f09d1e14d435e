using System.Globalization;
using Retort.Reports;

namespace Retort.Runs;

/// <summary>Finished stages by key, shared by runs: what one run computed, another with the same key copies.</summary>
/// <remarks>
/// A stage lies in a folder of its key, with a list of its files and their lengths. The folder is filled under a name of its own
/// and then renamed, so a kill leaves either all of it or something that no key finds, and of two writers the first wins: what
/// they write has the same bits. Files are copies on both sides, so neither the run nor the store can change the other's.
/// </remarks>
internal sealed class StageStore(string folder)
{
    private const string DoneFile = "done.json";
    private const string ListFile = ".files";
    private static readonly TimeSpan Abandoned = TimeSpan.FromDays(1);
    private readonly string _folder = Path.GetFullPath(folder);

    /// <summary>Copies a stage into a run's folder, <c>done.json</c> last.</summary>
    /// <returns>False where the store does not have it whole; the stage must be run then.</returns>
    public bool TryTake(string key, string into)
    {
        string kept = FolderOf(key);
        try
        {
            if (Listed(kept) is not { } files || !files.Contains(DoneFile))
                return false;
            Directory.CreateDirectory(into);
            File.Delete(Path.Combine(into, DoneFile));
            foreach (string file in files.Where(f => f != DoneFile).Append(DoneFile))
                Copy(Path.Combine(kept, file), Path.Combine(into, file));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Leaves a finished stage for other runs. That the store cannot be written stops no run.</summary>
    public void Keep(string key, string from, IRunProgress progress)
    {
        string kept = FolderOf(key);
        string filling = Path.Combine(_folder, $".{Guid.NewGuid():N}");
        try
        {
            if (Listed(kept) is not null)
                return;
            RemoveAbandoned();
            Directory.CreateDirectory(Path.GetDirectoryName(kept)!);
            Fill(filling, from);
            if (!Place(filling, kept) && Listed(kept) is null)
                Replace(kept, filling);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            progress.Warned($"the stage could not be shared with other runs: {e.Message}");
        }

        Remove(filling);
    }

    // False where a folder has the name already: another run was first, or what lies there is broken.
    private static bool Place(string filled, string kept)
    {
        try
        {
            Directory.Move(filled, kept);
            return true;
        }
        catch (IOException) when (Directory.Exists(kept))
        {
            return false;
        }
    }

    // A broken stage is renamed before it is deleted, so that no other run's stage can be taken apart once it lies there.
    private void Replace(string kept, string filled)
    {
        string broken = Path.Combine(_folder, $".{Guid.NewGuid():N}");
        try
        {
            Directory.Move(kept, broken);
        }
        catch (DirectoryNotFoundException)
        {
            // Another run has just moved it.
        }

        Place(filled, kept);
        Remove(broken);
    }

    private static void Fill(string filling, string from)
    {
        Directory.CreateDirectory(filling);
        var lines = new List<string>();
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string name = Path.GetRelativePath(from, file);
            Copy(file, Path.Combine(filling, name));
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"{new FileInfo(file).Length} {name}"));
        }

        AtomicFile.Write(Path.Combine(filling, ListFile), string.Join('\n', lines));
    }

    // The files of a kept stage, or null where one is missing or has another length, as after a power cut.
    private static List<string>? Listed(string kept)
    {
        string list = Path.Combine(kept, ListFile);
        if (!File.Exists(list))
            return null;
        var files = new List<string>();
        foreach (string line in File.ReadLines(list))
        {
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            ReadOnlySpan<char> number = line.AsSpan(0, Math.Max(0, space));
            if (!long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long length))
                return null;
            string name = line[(space + 1)..];
            var file = new FileInfo(Path.Combine(kept, name));
            // A list is a file like any other: a name in it must not lead out of the folder.
            bool inside = file.FullName.StartsWith(kept + Path.DirectorySeparatorChar, StringComparison.Ordinal);
            if (!inside || !file.Exists || file.Length != length)
                return null;
            files.Add(name);
        }

        return files;
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        string temporary = to + ".tmp";
        File.Copy(from, temporary, overwrite: true);
        File.Move(temporary, to, overwrite: true);
    }

    private static void Remove(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It goes with the next run that finds it abandoned.
        }
    }

    private void RemoveAbandoned()
    {
        if (!Directory.Exists(_folder))
            return;
        foreach (string filling in Directory.EnumerateDirectories(_folder, ".*")
            .Where(f => DateTime.UtcNow - Directory.GetLastWriteTimeUtc(f) > Abandoned))
            Remove(filling);
    }

    private string FolderOf(string key) => Path.Combine(_folder, key[..2], key);
}
