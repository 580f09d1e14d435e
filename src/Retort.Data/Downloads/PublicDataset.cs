namespace Retort.Data.Downloads;

/// <summary>How a published file is checked.</summary>
public enum ChecksumKind
{
    /// <summary>MD5, which several publishers give: it finds damage, though not a forger.</summary>
    Md5,

    /// <summary>SHA-256.</summary>
    Sha256,
}

/// <summary>A public data set that can be fetched.</summary>
/// <param name="Name">What recipes and commands call it.</param>
/// <param name="Title">What it is, in a few words.</param>
/// <param name="Licence">What its publisher says about its use.</param>
/// <param name="Homepage">Where its publisher describes it.</param>
/// <param name="Files">What is fetched.</param>
/// <param name="Members">For a set published as one .tar.gz: the files taken out of it, by their names without folders.</param>
public sealed record PublicDataset(
    string Name, string Title, string Licence, Uri Homepage, IReadOnlyList<PublicFile> Files, IReadOnlyList<string> Members);
