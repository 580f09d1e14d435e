using System.ComponentModel.DataAnnotations;
using Retort.Data;

namespace Retort.Federation;

/// <summary>A share of the clients, drawn anew for each round.</summary>
[Named("share")]
public sealed record ShareParticipation : ParticipationOptions
{
    /// <summary>The share; at least one client takes part.</summary>
    [Range(0, 1, MinimumIsExclusive = true)]
    public double Value { get; init; } = 1;

    /// <inheritdoc/>
    public override IReadOnlyList<int> Choose(int clients, int round, ulong seed) =>
        RandomStream.Derive(seed, (ulong)round).Permutation(clients)[..Math.Clamp((int)Math.Round(Value * clients), 1, clients)];
}
