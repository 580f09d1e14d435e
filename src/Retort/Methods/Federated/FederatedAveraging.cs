using Retort.Federation;
using Retort.Torch;

namespace Retort.Methods.Federated;

/// <summary>Clients train a few epochs from the common model, and the server averages what they send
/// by how much data each has.</summary>
/// <remarks>
/// <para><b>Paper.</b> McMahan, Moore, Ramage, Hampson and Agüera y Arcas, "Communication-Efficient Learning of Deep Networks
/// from Decentralized Data", AISTATS 2017, arXiv:1602.05629, algorithm 1.</para>
/// <para><b>Equation.</b> w ← Σ_i (|D_i| / Σ_j |D_j|) w_i over the clients that take part in the round: parameters and running
/// statistics of batch-norms; counters are the first client's.</para>
/// <para><b>Needs.</b> One architecture for all clients. With one full batch and one epoch it is a step of gradient descent on
/// all data.</para>
/// </remarks>
[Method("fedavg", Title = "Federated averaging", Family = MethodFamily.Federated, Year = 2016, Paper = "arXiv:1602.05629",
    Recipe = "methods/federated.yaml")]
public sealed record FederatedAveraging : AggregationOptions
{
    /// <inheritdoc/>
    public override bool IsShared => true;

    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, double>> Exchange(FederatedRound round)
    {
        Average(round);
        return [];
    }

    /// <summary>Leaves the average in the server's network.</summary>
    internal static void Average(FederatedRound round)
    {
        ArgumentNullException.ThrowIfNull(round);
        using var scope = new TensorScope();
        round.Common.LoadStateDict(Mean(
            [.. round.Clients.Select(c => c.Model)], [.. round.Clients.Select(c => (double)c.Data.Count)]));
    }
}
