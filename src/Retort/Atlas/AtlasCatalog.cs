using Retort.Runs;

namespace Retort.Atlas;

/// <summary>The atlas: a folder with a folder for each claim.</summary>
public sealed class AtlasCatalog
{
    private static readonly Lazy<AtlasCatalog?> Own = new(() => FindFolder() is { } folder ? new AtlasCatalog(folder) : null);

    /// <summary>Opens an atlas; entries are read when they are asked for.</summary>
    /// <param name="folder">The folder; each folder in it with a <c>claim.yaml</c> is an entry.</param>
    /// <exception cref="RunException">There is no such folder.</exception>
    public AtlasCatalog(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder))
        {
            throw new RunException(
                $"there is no folder '{folder}'; an atlas is a folder with a folder for each claim.", isInputWrong: true);
        }

        Folder = Path.GetFullPath(folder);
        Slugs =
        [
            .. Directory.EnumerateDirectories(Folder)
                .Where(f => File.Exists(Path.Combine(f, "claim.yaml")))
                .Select(f => Path.GetFileName(f))
                .Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>The absolute folder.</summary>
    public string Folder { get; }

    /// <summary>The entries' names, in ordinal order.</summary>
    public IReadOnlyList<string> Slugs { get; }

    /// <summary>The atlas of the checkout that the program is built in, or null outside of one.</summary>
    public static AtlasCatalog? Find() => Own.Value;

    /// <summary>Reads an entry.</summary>
    /// <param name="slug">One of <see cref="Slugs"/>.</param>
    /// <param name="registry">What recipes can name.</param>
    /// <exception cref="RunException">There is no such entry, or what was measured cannot be read.</exception>
    /// <exception cref="RecipeException">Its claim or its recipe is wrong.</exception>
    public AtlasEntry Load(string slug, ComponentRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(slug);
        if (Slugs.Contains(slug))
            return AtlasEntry.Load(Path.Combine(Folder, slug), registry);
        string hint = Spelling.Nearest(slug, Slugs) is { } nearest ? $"nearest: {nearest}" : "`retort atlas` lists them";
        throw new RunException($"the atlas has no entry '{slug}'; {hint}.", isInputWrong: true);
    }

    private static string? FindFolder()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string atlas = Path.Combine(folder.FullName, "atlas");
            if (Directory.Exists(Path.Combine(atlas, "benches")))
                return atlas;
        }

        return null;
    }
}
