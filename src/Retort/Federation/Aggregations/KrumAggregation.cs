using System.ComponentModel.DataAnnotations;
using Retort.Torch;

namespace Retort.Federation.Aggregations;

/// <summary>The common model becomes the one client's that lies nearest to its nearest others.</summary>
/// <remarks>Blanchard, El Mhamdi, Guerraoui and Stainer, arXiv:1703.02757. As in common code a client's distance to itself, 0, is
/// one of the n − f − 2 that are summed; the paper leaves it out.</remarks>
[Named("krum")]
public sealed record KrumAggregation : AggregationOptions
{
    /// <summary>f, how many clients may be Byzantine.</summary>
    [Range(0, 10_000)]
    public int Byzantine { get; init; } = 1;

    /// <inheritdoc/>
    public override bool IsShared => true;

    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, double>> Exchange(FederatedRound round)
    {
        ArgumentNullException.ThrowIfNull(round);
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        static Tensor Flat(FederatedClient client) => Ops.Cat([.. client.Model.Parameters().Select(p => p.Value.Flatten())], 0);
        Tensor updates = Ops.Stack([.. round.Clients.Select(Flat)], 0);
        FederatedClient chosen = round.Clients[(int)Scores(updates, Byzantine).Argmin(0).ToInt64()];
        round.Common.LoadStateDict(chosen.Model.StateDict());
        return [new("chose_an_attacker", chosen.Attack is null ? 0 : 1)];
    }

    /// <summary>For each update, the sum of its smallest squared distances to all.</summary>
    /// <param name="updates">[n, D].</param>
    /// <param name="byzantine">f; at least one distance is summed.</param>
    /// <returns>[n].</returns>
    public static Tensor Scores(Tensor updates, int byzantine)
    {
        Shapes.RequireDimensions(updates, 2);
        ArgumentOutOfRangeException.ThrowIfNegative(byzantine);
        using var scope = new TensorScope();
        Tensor[] rows =
        [
            .. Enumerable.Range(0, (int)updates.Size(0)).Select(i => (updates - updates.Narrow(0, i, 1)).Square().Sum(1)),
        ];
        (Tensor smallest, _) = Ops.Stack(rows, 0).TopK(Math.Max(1, updates.Size(0) - byzantine - 2), dim: 1, largest: false);
        return scope.Keep(smallest.Sum(1));
    }
}
