namespace Retort.Data.Downloads;

/// <summary>How far a download is.</summary>
/// <param name="File">Name of the file.</param>
/// <param name="Bytes">Bytes that are on disk.</param>
/// <param name="Total">Bytes in all, where that is known.</param>
public readonly record struct DownloadProgress(string File, long Bytes, long? Total);
