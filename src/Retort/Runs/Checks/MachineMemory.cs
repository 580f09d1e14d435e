using System.Globalization;

namespace Retort.Runs.Checks;

/// <summary>How much memory the process may have, and how amounts of it are written.</summary>
internal static class MachineMemory
{
    private static readonly string[] Units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    private static readonly Lazy<long> Found = new(() => new[] { Installed(), Allowed() }.Min());

    // Control groups: version 2, then version 1.
    private static readonly string[] LimitFiles = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];

    /// <summary>The machine's memory, or the container's where it may have less.</summary>
    public static long TotalBytes => Found.Value;

    /// <summary>An amount to three digits in its natural unit: <c>15.6 GiB</c>.</summary>
    public static string Text(double bytes)
    {
        int unit = 0;
        while (bytes >= 999.5 && unit < Units.Length - 1)
        {
            bytes /= 1024;
            unit++;
        }

        string digits = unit == 0 || bytes >= 99.95 ? "0" : bytes >= 9.995 ? "0.0" : "0.00";
        return $"{bytes.ToString(digits, CultureInfo.InvariantCulture)} {Units[unit]}";
    }

    // The collector's own figure leaves a quarter out in containers, which a check must not.
    private static long Installed()
    {
        const string File = "/proc/meminfo";
        string? line = System.IO.File.Exists(File)
            ? System.IO.File.ReadLines(File).FirstOrDefault(l => l.StartsWith("MemTotal:", StringComparison.Ordinal))
            : null;
        return line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, string kilobytes, ..]
            && long.TryParse(kilobytes, out long count)
            ? count * 1024
            : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
    }

    private static long Allowed() => LimitFiles.Where(File.Exists)
        .Select(f => long.TryParse(File.ReadAllText(f).Trim(), out long limit) && limit > 0 ? limit : long.MaxValue)
        .DefaultIfEmpty(long.MaxValue).Min();
}
