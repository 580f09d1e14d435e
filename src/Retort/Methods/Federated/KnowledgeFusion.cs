using System.ComponentModel.DataAnnotations;
using Retort.Federation;
using Retort.Methods.Logits;
using Retort.Torch;
using Retort.Training;
using Retort.Training.Optimizers;

namespace Retort.Methods.Federated;

/// <summary>Each client learns from the others' soft labels, the more from one the more its data seem
/// to resemble its own.</summary>
/// <remarks>
/// <para><b>Paper.</b> Seyedmohammadi, Mohammadi, Abouei and Plataniotis, "KnFu: Effective Knowledge Fusion", 2024,
/// arXiv:2403.11892. The formula of the weights is reconstructed from published summaries.</para>
/// <para><b>Equation.</b> k_i(x) = softmax(z_i(x)) on the proxy samples x, e_i = mean_x k_i(x); w_ij = softmax over j of
/// −sharpness · KL(e_i ‖ e_j), i among them; q_i = Σ_j w_ij k_j; client i minimises KL(q_i ‖ softmax(z_i)) over the proxy
/// samples. Networks are not exchanged.</para>
/// <para><b>Needs.</b> <c>proxy</c> samples that all know, whose labels are not looked at. Architectures may differ.</para>
/// <para><b>Variants.</b> Sharpness 0 is plain averaging of soft labels; with growing sharpness it becomes training alone.</para>
/// </remarks>
[Method("knfu", Title = "Effective knowledge fusion", Family = MethodFamily.Federated, Year = 2024, Paper = "arXiv:2403.11892",
    Recipe = "methods/federated.yaml")]
public sealed record KnowledgeFusion : AggregationOptions
{
    // Beneath this a class counts as not there; the logarithm of the estimate must exist.
    private const double Floor = 1e-6;

    /// <summary>How much the resemblance counts; the paper's is 10.</summary>
    [Range(0, double.MaxValue)]
    public double Sharpness { get; init; } = 10;

    /// <summary>How a client learns from the fused soft labels. The default is an epoch with Adam at 0.001.</summary>
    public TrainingPlan Distil { get; init; } = new()
    {
        Criteria = [new KnowledgeDistillationOptions { Weight = Schedule.Constant(1), Temperature = Schedule.Constant(1) }],
        Optimizer = new AdamChoice { Lr = 0.001 },
        BatchSize = 128,
        Epochs = 1,
        Schedule = Schedule.Constant(1),
    };

    /// <inheritdoc/>
    public override bool IsShared => false;

    /// <inheritdoc/>
    public override bool NeedsProxy => true;

    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, double>> Exchange(FederatedRound round)
    {
        ArgumentNullException.ThrowIfNull(round);
        using var scope = new TensorScope();
        Tensor knowledge = Ops.Stack([.. round.Clients.Select(c => round.Ask(c.Model, round.Proxy!).Softmax(1))], 0); // [n, M, K]
        Tensor weights = Weights(knowledge.Mean(1), Sharpness);                                                       // [n, n]
        for (int i = 0; i < round.Clients.Count; i++)
        {
            Tensor fused = (weights.Select(0, i).Unsqueeze(1).Unsqueeze(2) * knowledge).Sum(0);   // [M, K]
            round.Distil(round.Clients[i].Model, fused.ClampMin(1e-30).Log(), Distil, $"client {round.Clients[i].Index}");
        }

        double own = weights.Diagonal().Mean().ToDouble();
        return [new("own_weight", own), new("like_weight", Inside(round, weights))];
    }

    /// <summary>How much each client counts for each.</summary>
    /// <param name="estimates">e, each client's estimated distribution of classes, [n, K], rows that sum to 1.</param>
    /// <param name="sharpness">At least 0.</param>
    /// <returns>[n, n], rows that sum to 1.</returns>
    public static Tensor Weights(Tensor estimates, double sharpness)
    {
        Shapes.RequireDimensions(estimates, 2);
        ArgumentOutOfRangeException.ThrowIfNegative(sharpness);
        using var scope = new TensorScope();
        Tensor smooth = estimates.AtLeastFloat32() + Floor;
        smooth = smooth / smooth.Sum(1, keepDim: true);
        Tensor log = smooth.Log();
        Tensor divergence = (smooth * log).Sum(1, keepDim: true) - smooth.MatMul(log.Transpose(0, 1));   // [n, n]: KL(e_i ‖ e_j)
        return scope.Keep((divergence * -sharpness).Softmax(1));
    }

    // What a client gives to those that have a class in common with it, itself among them: what the estimates should have found.
    private static double Inside(FederatedRound round, Tensor weights)
    {
        HashSet<long>[] classes = [.. round.Clients.Select(c => c.Data.Labels.ToHashSet())];
        double sum = 0;
        for (int i = 0; i < classes.Length; i++)
        {
            for (int j = 0; j < classes.Length; j++)
                sum += classes[i].Overlaps(classes[j]) ? weights.Select(0, i).Select(0, j).ToDouble() : 0;
        }

        return sum / classes.Length;
    }
}
