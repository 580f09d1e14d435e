using System.ComponentModel.DataAnnotations;
using Retort.Federation;
using Retort.Federation.Partitions;
using Retort.Training;

namespace Retort.Stages;

/// <summary>What a recipe may write under <c>federate:</c>.</summary>
public sealed record FederateStageOptions : StageOptions, IValidatable
{
    /// <summary>The role whose network every client has.</summary>
    public required string Role { get; init; }

    /// <summary>How many clients there are.</summary>
    [Range(1, 10_000)]
    public int Clients { get; init; } = 8;

    /// <summary>How the training samples are dealt to them.</summary>
    public PartitionOptions Partition { get; init; } = new DirichletPartition();

    /// <summary>How often they train and exchange.</summary>
    [Range(1, 1_000_000)]
    public int Rounds { get; init; } = 10;

    /// <summary>Which clients take part in a round. The default is all.</summary>
    public ParticipationOptions Participation { get; init; } = new ShareParticipation();

    /// <summary>How a client trains in a round, on its own samples.</summary>
    public required TrainingPlan Training { get; init; }

    /// <summary>How their networks become one, or learn from each other.</summary>
    public required AggregationOptions Aggregation { get; init; }

    /// <summary>Whether all begin with the same weights.</summary>
    public bool SameStart { get; init; } = true;

    /// <summary>Training samples that lie at the server, without labels, and with no client.</summary>
    [Range(0, int.MaxValue)]
    public int Proxy { get; init; }

    /// <summary>The share of its samples that each client does not train on, but keeps to judge by.</summary>
    [Range(0, 1, MaximumIsExclusive = true)]
    public double HoldOut { get; init; }

    /// <summary>How many of the clients, the last ones, are Byzantine; their figures do not count.</summary>
    [Range(0, 10_000)]
    public int Attackers { get; init; }

    /// <summary>What Byzantine clients do, in turn.</summary>
    public IReadOnlyList<AttackOptions> Attacks { get; init; } = [];

    /// <summary>Deal so many training samples, drawn anew for each seed, class by class. The default is all that the proxy
    /// leaves.</summary>
    [Range(1, int.MaxValue)]
    public int? TrainSamples { get; init; }

    /// <summary>The split to measure on, after each round.</summary>
    public string Split { get; init; } = "test";

    /// <inheritdoc/>
    public IEnumerable<Problem> Validate()
    {
        if (Attackers >= Clients)
        {
            yield return new Problem(nameof(Attackers), $"of {Clients} clients {Attackers} would be Byzantine")
            {
                Code = RecipeCodes.Contradiction,
                Expected = "fewer attackers than clients",
            };
        }

        if (Attackers > 0 && Attacks.Count == 0)
        {
            yield return new Problem(nameof(Attackers), "nothing says what the attackers do")
            {
                Code = RecipeCodes.Contradiction,
                Expected = "attacks: [noise]",
            };
        }

        if (Aggregation is { NeedsHeldOut: true } && HoldOut == 0)
        {
            yield return new Problem(
                nameof(Aggregation), "the aggregation judges by samples that clients hold out, and they hold out none")
            {
                Code = RecipeCodes.Contradiction,
                Expected = "hold_out: 0.2",
            };
        }

        if (Aggregation is { NeedsProxy: true } && Proxy == 0)
        {
            yield return new Problem(
                nameof(Aggregation), "the aggregation needs samples at the server, and the stage holds none back")
            {
                Code = RecipeCodes.Contradiction,
                Expected = "proxy: 2000",
            };
        }
    }
}
