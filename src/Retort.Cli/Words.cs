using System.Globalization;

namespace Retort.Cli;

/// <summary>Figures and times as the command line writes them.</summary>
internal static class Words
{
    /// <summary>Minutes and seconds, with hours where there are any.</summary>
    public static string Duration(double seconds) => Math.Abs(seconds) < TimeSpan.MaxValue.TotalSeconds / 2
        ? TimeSpan.FromSeconds(seconds) is { TotalHours: >= 1 } longer
            ? string.Create(CultureInfo.InvariantCulture, $"{(long)longer.TotalHours}:{longer:mm\\:ss}")
            : TimeSpan.FromSeconds(seconds).ToString(@"m\:ss", CultureInfo.InvariantCulture)
        : "?";

    /// <summary>A count with its noun: 1 seed, 3 seeds.</summary>
    public static string Count(int count, string noun) => count == 1 ? $"1 {noun}" : $"{count} {noun}s";

    /// <summary>A figure with four decimals; "–" for NaN.</summary>
    public static string Figure(double value) => double.IsNaN(value) ? "–" : value.ToString("F4", CultureInfo.InvariantCulture);

    /// <summary>A mean with its standard deviation, where there is one.</summary>
    public static string Spread(double mean, double deviation) =>
        double.IsNaN(deviation) ? Figure(mean) : $"{Figure(mean)} ± {Figure(deviation)}";

    /// <summary>A difference with its sign.</summary>
    public static string Signed(double value) =>
        double.IsNaN(value) ? "–" : value.ToString("+0.0000;-0.0000;0.0000", CultureInfo.InvariantCulture);

    /// <summary>A moment in the machine's time zone, to the minute.</summary>
    public static string Moment(DateTimeOffset time) =>
        time.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    /// <summary>Text of a file on one line: control characters, which could move the terminal's cursor, become spaces.</summary>
    public static string Plain(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)) : text;

    /// <summary>A path as seen from the working directory, where it lies below that.</summary>
    public static string Relative(string path)
    {
        string relative = Path.GetRelativePath(Directory.GetCurrentDirectory(), path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }
}
