using System.ComponentModel.DataAnnotations;
using Retort.Data;
using Retort.Federation;
using Retort.Models;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Methods.Federated;

/// <summary>Clients exchange heads alone; each takes in another's class by class, by how well it does on samples
/// of its own.</summary>
/// <remarks>
/// <para><b>Paper.</b> Verbraeken, De Vos and Pouwelse, "Bristle: Decentralized Federated Learning in Byzantine, Non-i.i.d.
/// Environments", 2021, arXiv:2110.11006, section 4.</para>
/// <para><b>Equation.</b> Of the heads that arrive a client looks at the nearest to its own (exploited) and some others
/// (explored). On samples that it holds out, F_p(c) is the F1 score of peer p's head, read on the client's own features. With
/// d = 10 |F_p(c) − F_own(c)|, s = d^(3 + F_own) where the peer is better, else −d^(4 + F_own). Certainty
/// u_p = max(0, mean − deviation of F_p over the best k_p of the client's classes), k_p being how many classes the peer has. For
/// a class that the client knows a = u_p max(0, 10 σ(max(−100, s) / 100) − 4); for the others the same with Σ_c s in the place of
/// s; V_c ← (V_c + Σ_p a V_p,c) / (1 + Σ_p a).</para>
/// <para><b>Needs.</b> A network whose body is frozen and the same for all, with a linear head, and <c>hold_out</c>.</para>
/// <para><b>Variants.</b> A peer that knows none of a client's classes has certainty 0: as described the rule takes nothing from
/// it.</para>
/// </remarks>
[Method("bristle", Title = "Bristle", Family = MethodFamily.Federated, Year = 2021, Paper = "arXiv:2110.11006",
    Recipe = "methods/federated.yaml")]
public sealed record Bristle : AggregationOptions
{
    /// <summary>How many of the nearest heads are looked at.</summary>
    [Range(1, 10_000)]
    public int Exploit { get; init; } = 20;

    /// <summary>How many of the others, drawn for each round.</summary>
    [Range(0, 10_000)]
    public int Explore { get; init; } = 5;

    /// <inheritdoc/>
    public override bool IsShared => false;

    /// <inheritdoc/>
    public override bool NeedsHeldOut => true;

    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, double>> Exchange(FederatedRound round)
    {
        ArgumentNullException.ThrowIfNull(round);
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        Tensor[] sent = [.. round.Clients.Select(c => Joined(HeadOf(c.Model)))];
        double honest = 0, attackers = 0;
        for (int i = 0; i < sent.Length; i++)
        {
            FederatedClient client = round.Clients[i];
            if (client.Attack is not null || client.Held.Count == 0)
                continue;
            int[] peers = Looked(round, sent, i);
            Tensor features = WithOne(round.Features(client.Model, client.Held));   // [M, D + 1]
            int classes = client.Data.ClassNames.Count;
            double[] own = Scores(features, sent[i], client.Held.Labels, classes);
            bool[] familiar = [.. Enumerable.Range(0, classes).Select(c => client.Held.Labels.Contains(c))];
            var weights = new double[peers.Length, classes];
            for (int k = 0; k < peers.Length; k++)
            {
                FederatedClient peer = round.Clients[peers[k]];
                double[] found = Weights(
                    own, Scores(features, sent[peers[k]], client.Held.Labels, classes), familiar,
                    peer.Data.Labels.Distinct().Count());
                for (int c = 0; c < classes; c++)
                    weights[k, c] = found[c];
                double mean = found.Average();
                honest += peer.Attack is null ? mean : 0;
                attackers += peer.Attack is null ? 0 : mean;
            }

            Tensor mixed = Mixed(sent[i], [.. peers.Select(p => sent[p])], weights);
            Take(HeadOf(client.Model), mixed);
        }

        return [new("attackers_weight", honest + attackers > 0 ? attackers / (honest + attackers) : 0)];
    }

    /// <summary>How much of a peer's head goes into each class.</summary>
    /// <param name="own">The client's F1 scores, one a class; those of classes it does not know are not looked at.</param>
    /// <param name="peer">The peer's, on the same samples.</param>
    /// <param name="familiar">Which classes the client knows; at least one.</param>
    /// <param name="claimed">How many classes the peer has, at least 1.</param>
    /// <returns>Weights, at least 0, beside the client's own of 1.</returns>
    public static double[] Weights(
        IReadOnlyList<double> own, IReadOnlyList<double> peer, IReadOnlyList<bool> familiar, int claimed)
    {
        ArgumentNullException.ThrowIfNull(own);
        ArgumentNullException.ThrowIfNull(peer);
        ArgumentNullException.ThrowIfNull(familiar);
        int[] known = [.. Enumerable.Range(0, own.Count).Where(c => familiar[c])];
        double[] best = [.. known.Select(c => peer[c]).OrderDescending().Take(Math.Max(1, claimed))];
        double mean = best.Average();
        double certainty = Math.Max(0, mean - Math.Sqrt(best.Average(f => (f - mean) * (f - mean))));
        double Advantage(int c)
        {
            double distance = 10 * Math.Abs(peer[c] - own[c]);
            return peer[c] > own[c] ? Math.Pow(distance, 3 + own[c]) : -Math.Pow(distance, 4 + own[c]);
        }

        double foreign = Weight(known.Sum(Advantage));
        return
        [
            .. Enumerable.Range(0, own.Count)
                .Select(c => certainty * (familiar[c] ? Weight(Math.Max(-100, Advantage(c))) : foreign)),
        ];

        static double Weight(double advantage) => Math.Max(0, (10 / (1 + Math.Exp(-advantage / 100))) - 4);
    }

    /// <summary>F1 scores of a head, one a class.</summary>
    /// <param name="features">[M, D].</param>
    /// <param name="head">[K, D].</param>
    /// <param name="labels">One a row of the features.</param>
    /// <param name="classes">K.</param>
    /// <returns>2 TP / (2 TP + FP + FN); 0 for a class that neither the labels nor the head name.</returns>
    public static double[] Scores(Tensor features, Tensor head, IReadOnlyList<long> labels, int classes)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(labels);
        using var scope = new TensorScope();
        long[] found = features.MatMul(head.Transpose(0, 1)).Argmax(1).ToArray<long>();
        var right = new double[classes];
        var named = new double[classes];
        for (int row = 0; row < found.Length; row++)
        {
            named[found[row]]++;
            named[labels[row]]++;
            right[labels[row]] += found[row] == labels[row] ? 1 : 0;
        }

        return [.. right.Zip(named, (r, n) => n == 0 ? 0 : 2 * r / n)];
    }

    private static Tensor Mixed(Tensor own, Tensor[] others, double[,] weights)
    {
        Tensor sum = own, total = Tensor.Ones(own.Size(0)).To(own.DType);
        for (int k = 0; k < others.Length; k++)
        {
            float[] given = [.. Enumerable.Range(0, (int)own.Size(0)).Select(c => (float)weights[k, c])];
            Tensor share = Tensor.From(given).To(own.Device);
            sum = sum + (others[k] * share.Unsqueeze(1));
            total = total + share;
        }

        return sum / total.Unsqueeze(1);
    }

    private int[] Looked(FederatedRound round, Tensor[] sent, int client)
    {
        int[] near = [.. Enumerable.Range(0, sent.Length).Where(p => p != client)
            .OrderBy(p => (sent[p] - sent[client]).Norm(2).ToDouble()).ThenBy(p => p)];
        int[] rest = near[Math.Min(Exploit, near.Length)..];
        RandomStream.Derive(round.SeedOf("explore"), (ulong)client).Shuffle<int>(rest);
        return [.. near.Take(Exploit), .. rest.Take(Explore)];
    }

    private static Linear HeadOf(Module model) => model is IHasFeatures features && model.TryFind(features.Head) is Linear head
        ? head
        : throw new ArgumentException($"'bristle' exchanges linear heads, and {model.GetType().Name} declares none.");

    // The bias as one more column, which every feature has a 1 for.
    private static Tensor Joined(Linear head) => head.Bias is { } bias
        ? Ops.Cat([head.Weight.Value.Detach(), bias.Value.Detach().Unsqueeze(1)], 1)
        : Ops.Cat([head.Weight.Value.Detach(), Tensor.Zeros(head.OutFeatures, 1).To(head.Weight.Value.Device)], 1);

    private static Tensor WithOne(Tensor features) =>
        Ops.Cat([features, Tensor.Ones(features.Size(0), 1).To(features.Device)], 1);

    private static void Take(Linear head, Tensor joined)
    {
        head.Weight.Value.CopyInPlace(joined.Narrow(1, 0, head.InFeatures));
        head.Bias?.Value.CopyInPlace(joined.Select(1, head.InFeatures));
    }
}
