using Retort.Data.Formats;

namespace Retort.Data.Sets;

/// <summary>Finds and joins the binary files of a CIFAR set.</summary>
internal static class CifarFolder
{
    /// <summary>Reads those of the named files that are there, with .gz or without, in the folder or in the archive's own
    /// sub-folder.</summary>
    public static (byte[] Pixels, long[] Labels) Load(
        string root, string split, string inner, CifarKind kind, ReadOnlySpan<string> names)
    {
        List<CifarRecords> parts = [];
        foreach (string name in names)
        {
            string? path = Candidates(root, inner, name).FirstOrDefault(File.Exists);
            if (path is not null)
                parts.Add(CifarFile.Read(path, kind));
        }
        if (parts.Count == 0)
        {
            throw new DataFormatException(root, split,
                $"'{names[0]}.bin' is missing, with .gz or without; `retort data get "
                + $"{(kind == CifarKind.Cifar10 ? "cifar10" : "cifar100")}` fetches it");
        }

        var pixels = new byte[parts.Sum(part => part.Pixels.Length)];
        var labels = new long[parts.Sum(part => part.Labels.Length)];
        int at = 0;
        foreach (CifarRecords part in parts)
        {
            part.Pixels.CopyTo(pixels, at * CifarFile.PixelBytes);
            foreach (byte label in part.Labels)
                labels[at++] = label;
        }
        return (pixels, labels);
    }

    private static IEnumerable<string> Candidates(string root, string inner, string name)
    {
        foreach (string folder in (string[])[root, Path.Combine(root, inner)])
        {
            yield return Path.Combine(folder, name + ".bin.gz");
            yield return Path.Combine(folder, name + ".bin");
        }
    }
}
