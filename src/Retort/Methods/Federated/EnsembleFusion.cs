using Retort.Federation;
using Retort.Methods.Logits;
using Retort.Torch;
using Retort.Training;
using Retort.Training.Optimizers;

namespace Retort.Methods.Federated;

/// <summary>After averaging, the server's model learns from the clients' ensemble on samples without labels.</summary>
/// <remarks>
/// <para><b>Paper.</b> Lin, Kong, Stich and Jaggi, "Ensemble Distillation for Robust Model Fusion in Federated Learning", NeurIPS
/// 2020, arXiv:2006.07242, algorithm 1.</para>
/// <para><b>Equation.</b> From the average of <c>fedavg</c>, minimise KL(softmax(mean_i z_i(x)) ‖ softmax(z(x))) over samples
/// x at the server: the mean is over the clients' logits, each client counting once, with running statistics
/// as they are; τ = 1.</para>
/// <para><b>Needs.</b> <c>proxy</c> samples at the server, whose labels are not looked at.</para>
/// <para><b>Variants.</b> The paper stops early by validation and drops clients whose accuracy is at chance; here all steps are
/// taken with all clients.</para>
/// </remarks>
[Method("feddf", Title = "Ensemble distillation for model fusion", Family = MethodFamily.Federated,
    Year = 2020, Paper = "arXiv:2006.07242",
    Recipe = "methods/federated.yaml")]
public sealed record EnsembleFusion : AggregationOptions
{
    /// <summary>How the server's model learns from the ensemble. The default is 10 epochs with Adam at 0.001 and the ensemble's
    /// probabilities alone.</summary>
    public TrainingPlan Distil { get; init; } = new()
    {
        Criteria = [new KnowledgeDistillationOptions { Weight = Schedule.Constant(1), Temperature = Schedule.Constant(1) }],
        Optimizer = new AdamChoice { Lr = 0.001 },
        BatchSize = 128,
    };

    /// <inheritdoc/>
    public override bool IsShared => true;

    /// <inheritdoc/>
    public override bool NeedsProxy => true;

    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, double>> Exchange(FederatedRound round)
    {
        ArgumentNullException.ThrowIfNull(round);
        FederatedAveraging.Average(round);
        using var scope = new TensorScope();
        Tensor sum = Ops.Stack([.. round.Clients.Select(c => round.Ask(c.Model, round.Proxy!))], 0).Mean(0);
        round.Distil(round.Common, sum, Distil, "fusion");
        return [];
    }
}
