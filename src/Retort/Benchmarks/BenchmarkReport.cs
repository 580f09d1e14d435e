using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Retort.Torch;

namespace Retort.Benchmarks;

/// <summary>Measured benchmarks with where, when and from what they come; kept in <c>benchmarks/results</c>.</summary>
/// <param name="Date">The day, as 2026-01-31 (UTC).</param>
/// <param name="Commit">The commit measured, with <c>+</c> where the checkout had changes; <c>unknown</c> outside of one.</param>
/// <param name="Machine">The processor, as the system calls it.</param>
/// <param name="Cores">Logical processors.</param>
/// <param name="Threads">Threads that each side was given.</param>
/// <param name="Libtorch">The version of our libtorch.</param>
/// <param name="Rows">What was measured.</param>
public sealed record BenchmarkReport(
    string Date, string Commit, string Machine, int Cores, int Threads, string Libtorch, IReadOnlyList<BenchmarkRow> Rows)
{
    /// <summary>Describes this machine and checkout.</summary>
    /// <param name="rows">What was measured.</param>
    /// <param name="threads">Threads that each side was given.</param>
    /// <param name="root">The checkout's folder.</param>
    /// <param name="clock">Where the date is from.</param>
    public static BenchmarkReport Create(IReadOnlyList<BenchmarkRow> rows, int threads, string root, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(clock);
        string date = clock.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return new BenchmarkReport(date, CommitOf(root), Processor(), Environment.ProcessorCount, threads, Engine.Version, rows);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The file is no such report.</exception>
    public static BenchmarkReport Load(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<BenchmarkReport>(File.ReadAllText(path), Strict)
                ?? throw new InvalidDataException($"{path}: the report is empty.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>Writes the report as JSON, to a temporary name first.</summary>
    public void Save(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        string temporary = path + ".new";
        File.WriteAllText(temporary, JsonSerializer.Serialize(this, BenchmarkRow.Json) + "\n");
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>The rows as a Markdown table, with the machine above it.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder();
        CultureInfo invariant = CultureInfo.InvariantCulture;
        text.Append(invariant, $"{Machine}, {Cores} cores, {Threads} threads, libtorch {Libtorch}, {Date}, {Commit}\n\n");
        text.Append("| benchmark | ours, ms | peer | peer, ms | ratio | min … max | target |\n");
        text.Append("|---|---:|---|---:|---:|---|---:|\n");
        foreach (BenchmarkRow row in Rows)
        {
            text.Append(invariant, $"| {row.Name} | {row.MedianMs:G4} | {row.Peer ?? "–"} | {row.PeerMedianMs:G4} |");
            text.Append(invariant, $" {row.RatioMedian:F2} | {row.RatioMin:F2} … {row.RatioMax:F2} | {row.Target:F2} |\n");
        }

        return text.ToString();
    }

    private static readonly JsonSerializerOptions Strict = new(BenchmarkRow.Json)
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    private static string Processor()
    {
        const string CpuInfo = "/proc/cpuinfo";
        string? line = File.Exists(CpuInfo)
            ? File.ReadLines(CpuInfo).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))
            : null;
        return line?.Split(':', 2)[1].Trim() ?? RuntimeInformation.OSArchitecture.ToString();
    }

    private static string CommitOf(string root)
    {
        var start = new ProcessStartInfo("git", ["-C", root, "describe", "--always", "--abbrev=12", "--dirty=+", "--exclude=*"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using Process git = Process.Start(start)!;
            string commit = git.StandardOutput.ReadToEnd().Trim();
            git.WaitForExit();
            return git.ExitCode == 0 && commit.Length > 0 ? commit : "unknown";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "unknown";
        }
    }
}
