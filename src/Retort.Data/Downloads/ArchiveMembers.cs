using System.Formats.Tar;
using System.IO.Compression;

namespace Retort.Data.Downloads;

/// <summary>Takes named files out of a .tar.gz archive.</summary>
internal static class ArchiveMembers
{
    private const long LargestMember = 4L << 30;

    /// <summary>Extracts files by their names; folders in the archive are ignored, so nothing can land elsewhere.</summary>
    /// <exception cref="DataFormatException">The archive is damaged, or lacks one of the files.</exception>
    public static async Task ExtractAsync(
        string archive, IReadOnlyList<string> names, string folder, CancellationToken cancellation)
    {
        HashSet<string> missing = [.. names];
        try
        {
            FileStream file = File.OpenRead(archive);
            await using (file.ConfigureAwait(false))
            {
                using GZipStream unpacked = new(file, CompressionMode.Decompress);
                using TarReader reader = new(unpacked);
                while (missing.Count > 0
                    && await reader.GetNextEntryAsync(copyData: false, cancellation).ConfigureAwait(false) is { } entry)
                {
                    string name = Path.GetFileName(entry.Name);
                    if (entry.DataStream is null || entry.Length > LargestMember || !missing.Remove(name))
                        continue;
                    string part = Path.Combine(folder, name + ".part");
                    FileStream target = File.Create(part);
                    await using (target.ConfigureAwait(false))
                        await entry.DataStream.CopyToAsync(target, cancellation).ConfigureAwait(false);
                    File.Move(part, Path.Combine(folder, name), overwrite: true);
                }
            }
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new DataFormatException(
                archive, "archive", $"the archive is damaged or cut off ({error.Message.TrimEnd('.')})", error);
        }
        if (missing.Count > 0)
        {
            throw new DataFormatException(archive, "archive",
                $"the archive has no file {string.Join(", ", missing.Order(StringComparer.Ordinal))}");
        }
    }
}
