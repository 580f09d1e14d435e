using System.Text.Json;

namespace Retort.Benchmarks;

/// <summary>A measured benchmark, as <c>retort bench --json</c> prints it.</summary>
/// <param name="Name">The benchmark.</param>
/// <param name="MedianMs">Milliseconds of one call or step of ours, the median over the rounds.</param>
/// <param name="Peer">What it was compared with, with its version; null if with nothing.</param>
/// <param name="PeerMedianMs">The peer's milliseconds.</param>
/// <param name="RatioMedian">The median over the rounds of our time divided by the peer's in the same round.</param>
/// <param name="RatioMin">The smallest of these ratios.</param>
/// <param name="RatioMax">The largest.</param>
/// <param name="Target">The largest accepted <paramref name="RatioMedian"/>.</param>
/// <param name="Rounds">How often both ran.</param>
/// <param name="StepsPerRound">How many steps each ran in a round.</param>
public sealed record BenchmarkRow(
    string Name, double MedianMs, string? Peer, double? PeerMedianMs, double? RatioMedian, double? RatioMin, double? RatioMax,
    double Target, int Rounds, int StepsPerRound)
{
    internal static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
    };

    /// <summary>Whether the target is missed; false where nothing was compared.</summary>
    public bool IsMissed() => RatioMedian > Target;

    /// <summary>Several rows as a JSON array.</summary>
    public static string ToJson(IReadOnlyList<BenchmarkRow> rows) => JsonSerializer.Serialize(rows, Json);
}
