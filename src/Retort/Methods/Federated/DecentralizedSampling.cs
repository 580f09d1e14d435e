using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Retort.Federation;
using Retort.Golden;

namespace Retort.Methods.Federated;

/// <summary>Every node derives the same small sample of trainers for a round from a hash, so that nobody has to choose.</summary>
/// <remarks>
/// <para><b>Paper.</b> De Vos, Dhasade, Kermarrec and Pouwelse, "MoDeST: Bridging the Gap between Federated and Decentralized
/// Learning with Decentralized Sampling", 2023, arXiv:2302.13837, section 3.</para>
/// <para><b>Equation.</b> Nodes are ordered by the bytes of MD5(id ‖ "-" ‖ round in decimal); the first are the sample, and
/// the first of these aggregates. Ids here are <c>peer</c> and the client's number in two digits or more.</para>
/// <para><b>Needs.</b> That nodes agree on who is there; in one process they do. MD5 only shuffles: it protects nothing.</para>
/// </remarks>
[Method("modest", Title = "Decentralised sampling", Family = MethodFamily.Federated, Year = 2023, Paper = "arXiv:2302.13837",
    Recipe = "methods/federated.yaml")]
public sealed record DecentralizedSampling : ParticipationOptions
{
    /// <summary>How many clients take part in a round.</summary>
    [Range(1, 10_000)]
    public int Sample { get; init; } = 10;

    /// <inheritdoc/>
    public override IReadOnlyList<int> Choose(int clients, int round, ulong seed)
    {
        string[] ids = [.. Enumerable.Range(0, clients).Select(i => string.Create(CultureInfo.InvariantCulture, $"peer{i:D2}"))];
        return [.. Order(ids, round).Take(Sample).Select(id => Array.IndexOf(ids, id))];
    }

    /// <summary>Nodes in the order in which a round asks for them.</summary>
    /// <param name="ids">Their names.</param>
    /// <param name="round">The round.</param>
    /// <remarks>The order of the digests as hexadecimal text is that of their bytes.</remarks>
    public static IEnumerable<string> Order(IEnumerable<string> ids, int round) =>
        ids.OrderBy(id => Convert.ToHexString(Digest(id, round)), StringComparer.Ordinal);

    [SuppressMessage(
        "Security", "CA5351", Justification = "The published rule names MD5, and needs no more of it than to shuffle.")]
    private static byte[] Digest(string id, int round) =>
        MD5.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}-{round}")));

    [Golden("modest-sampling")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        string[] ids = [.. vector.Raw("peers").EnumerateArray().Select(e => e.GetString()!)];
        var outputs = new GoldenOutputs();
        foreach (int round in Enumerable.Range(0, 1000))
        {
            string[] order = [.. Order(ids, round)];
            outputs[$"sample_round_{round}"] = order.Take(vector.Integer("sample_size")).ToArray();
            outputs[$"aggregator_round_{round}"] = order[0];
        }

        return outputs;
    }
}
