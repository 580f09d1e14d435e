using System.ComponentModel.DataAnnotations;
using Retort.Federation;
using Retort.Golden;
using Retort.Torch;

namespace Retort.Methods.Federated;

/// <summary>Neighbours average without a server, and each averaged layer is brought back to its inputs' variance.</summary>
/// <remarks>
/// <para><b>Paper.</b> Tian, Zhang, Nadine and Pouwelse, "Vanishing Variance Problem in Fully Decentralized Neural-Network
/// Systems", 2024, arXiv:2404.04616, section 4.</para>
/// <para><b>Equation.</b> For each parameter, with c what a node keeps of its own: m = c w_own + (1 − c) mean_j w_j over
/// the neighbours j, v* = c var(w_own) + (1 − c) mean_j var(w_j), w ← (m − mean(m)) √((v* + ε) / (var(m) + ε)) + mean(m),
/// ε = 10⁻⁴, var unbiased and over all elements. Running statistics are averaged and not corrected;
/// parameters of one element neither.</para>
/// <para><b>Needs.</b> One architecture. It is for networks that began with different weights: their mean has a variance that is
/// smaller by the number of networks, and learning stalls. With <c>correct: false</c> it is plain averaging among
/// neighbours.</para>
/// <para><b>Variants.</b> <c>follow_self</c> takes v* = var(w_own). The first released code had no ε and divided
/// by 0 at biases.</para>
/// </remarks>
[Method("variance-corrected-averaging", Title = "Variance-corrected averaging", Family = MethodFamily.Federated,
    Year = 2024, Paper = "arXiv:2404.04616",
    Recipe = "methods/federated.yaml")]
public sealed record VarianceCorrectedAveraging : AggregationOptions
{
    // The reference's: it keeps parameters that are all alike, such as fresh biases, as they are.
    private const double Floor = 1e-4;

    /// <summary>With how many clients each exchanges: those next to it on a ring, half on either side.</summary>
    [Range(2, 10_000)]
    public int Neighbours { get; init; } = 4;

    /// <summary>c, how much a client keeps of its own; the paper's are 0 and 0.5.</summary>
    [Range(0, 1)]
    public double Keep { get; init; }

    /// <summary>Whether the variance is corrected.</summary>
    public bool Correct { get; init; } = true;

    /// <summary>Whether the variance to reach is the client's own.</summary>
    public bool FollowSelf { get; init; }

    /// <inheritdoc/>
    public override bool IsShared => false;

    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, double>> Exchange(FederatedRound round)
    {
        ArgumentNullException.ThrowIfNull(round);
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        IReadOnlyDictionary<string, Tensor>[] sent =
        [
            .. round.Clients.Select(c => c.Model.StateDict().ToDictionary(s => s.Key, s => s.Value.Clone())),
        ];
        double before = 0, after = 0;
        for (int i = 0; i < sent.Length; i++)
        {
            IReadOnlyDictionary<string, Tensor>[] others = [.. NeighboursOf(i, sent.Length).Select(j => sent[j])];
            if (others.Length == 0)
                continue;
            HashSet<string> parameters = [.. round.Clients[i].Model.NamedParameters().Select(p => p.Key)];
            Dictionary<string, Tensor> mixed = sent[i].ToDictionary(
                entry => entry.Key,
                entry => entry.Value.DType.IsFloatingPoint()
                    ? Combined(
                        entry.Value, [.. others.Select(o => o[entry.Key])], Keep,
                        Correct && parameters.Contains(entry.Key), FollowSelf)
                    : entry.Value);
            round.Clients[i].Model.LoadStateDict(mixed);
            foreach (string name in parameters.Where(p => sent[i][p].Dimensions > 1))
            {
                before += sent[i][name].Std().ToDouble();
                after += mixed[name].Std().ToDouble();
            }
        }

        return [new("deviation_kept", before > 0 ? after / before : 1)];
    }

    /// <summary>A client's tensor after it has met its neighbours'.</summary>
    /// <param name="own">The client's, of any shape.</param>
    /// <param name="others">The neighbours', of the same shape, at least one.</param>
    /// <param name="keep">c, from 0 to 1.</param>
    /// <param name="correct">Whether the variance is corrected.</param>
    /// <param name="followSelf">Whether the variance to reach is the client's own.</param>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static Tensor Combined(
        Tensor own, IReadOnlyList<Tensor> others, double keep = 0, bool correct = true, bool followSelf = false)
    {
        ArgumentNullException.ThrowIfNull(own);
        ArgumentNullException.ThrowIfNull(others);
        ArgumentOutOfRangeException.ThrowIfZero(others.Count);
        foreach (Tensor other in others)
            Shapes.RequireSame(own, other);
        using var scope = new TensorScope();
        Tensor mixed = (own * keep) + (Ops.Stack([.. others], 0).Mean(0) * (1 - keep));
        if (!correct || own.NumElements < 2)
            return scope.Keep(mixed);
        Tensor target = followSelf ? own.Var() : TargetVariance(own, others, keep), mean = mixed.Mean();
        return scope.Keep(((mixed - mean) * ((target + Floor) / (mixed.Var() + Floor)).Sqrt()) + mean);
    }

    private static Tensor TargetVariance(Tensor own, IReadOnlyList<Tensor> others, double keep) =>
        (own.Var() * keep) + (Ops.Stack([.. others.Select(o => o.Var())], 0).Mean() * (1 - keep));

    private IEnumerable<int> NeighboursOf(int client, int count) => Enumerable.Range(1, Math.Min(Neighbours / 2, count / 2))
        .SelectMany(step => new[] { (client + step) % count, (client - step + count) % count })
        .Distinct().Where(other => other != client);

    [Golden("variance-corrected-averaging")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor own = vector["own"];
        Tensor[] others = [.. vector.Names.Where(n => n.StartsWith("other_", StringComparison.Ordinal)).Select(n => vector[n])];
        double keep = vector.Number("conservative");
        return new GoldenOutputs
        {
            ["plain_mean"] = Combined(own, others, correct: false),
            ["target_variance_follow_others"] = TargetVariance(own, others, 0),
            ["corrected_follow_others"] = Combined(own, others),
            ["target_variance_conservative"] = TargetVariance(own, others, keep),
            ["corrected_conservative"] = Combined(own, others, keep),
        };
    }
}
