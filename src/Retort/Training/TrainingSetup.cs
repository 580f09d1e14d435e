using Retort.Data;
using Retort.Distillation;
using Retort.Torch;

namespace Retort.Training;

/// <summary>What a trainer is made from: the roles, the terms and how parameters move.</summary>
public sealed record TrainingSetup
{
    /// <summary>The role that is trained, on its device, in training mode.</summary>
    public required Role Student { get; init; }

    /// <summary>Networks trained beside the student, by trainers that train several.</summary>
    public IReadOnlyList<Role> Peers { get; init; } = [];

    /// <summary>Each peer's own loss terms, made from the student's options or from the trainer's for peers.</summary>
    public IReadOnlyList<IReadOnlyList<Criterion>> PeerCriteria { get; init; } = [];

    /// <summary>The names of a peer's terms in metrics, one each; the same for all peers.</summary>
    public IReadOnlyList<string> PeerCriterionNames { get; init; } = [];

    /// <summary>Paths of modules whose parameters and running statistics stay as they are.</summary>
    public IReadOnlyList<string> Freeze { get; init; } = [];

    /// <summary>What the student's weights are made of; null for the parameters as they are.</summary>
    public WeightsOptions? Weights { get; init; }

    /// <summary>Modules with rates of their own.</summary>
    public IReadOnlyList<ParameterGroupOptions> Groups { get; init; } = [];

    /// <summary>Networks behind taps, by the name that terms tap them by.</summary>
    public IReadOnlyDictionary<string, AuxiliaryOptions> Auxiliaries { get; init; } = new Dictionary<string, AuxiliaryOptions>();

    /// <summary>What the terms of an earlier stage own, as <see cref="Trainer.Parts"/> gave it; the default knows of
    /// none.</summary>
    public Func<string, IReadOnlyDictionary<string, Tensor>> Parts { get; init; } = _ => new Dictionary<string, Tensor>();

    /// <summary>Samples that nothing trains on but what decides how the student learns; null where none are held out.</summary>
    public HeldOut? HeldOut { get; init; }

    /// <summary>The training samples, for terms that keep something for each; null where there are none to count.</summary>
    public Dataset? Data { get; init; }

    /// <summary>What every training sample goes through that is not augmentation.</summary>
    public IReadOnlyList<IBatchTransform> Transforms { get; init; } = [];

    /// <summary>Seeds for the initial values of parts that terms and auxiliary networks own, by purpose, so that these do not
    /// depend on what was built before; null to draw from the generator as it stands.</summary>
    public Func<string, ulong>? SeedOf { get; init; }

    /// <summary>Frozen teachers in the recipe's order.</summary>
    public IReadOnlyList<Role> Teachers { get; init; } = [];

    /// <summary>Makes what answers for a teacher, given what is tapped in it; the default runs the network.</summary>
    public Func<Role, IReadOnlyList<TapPath>, ITeacher> Ask { get; init; } = (role, taps) => new FrozenTeacher(role, taps);

    /// <summary>The loss terms, which the trainer disposes of.</summary>
    public required IReadOnlyList<Criterion> Criteria { get; init; }

    /// <summary>The terms' names in metrics, one each.</summary>
    public required IReadOnlyList<string> CriterionNames { get; init; }

    /// <summary>How parameters move.</summary>
    public required OptimizerOptions Optimizer { get; init; }

    /// <summary>The factor of the learning rate.</summary>
    public Schedule Schedule { get; init; } = Schedule.Constant(1);

    /// <summary>Largest norm of all gradients together, or null.</summary>
    public double? ClipNorm { get; init; }

    /// <summary>The type that matrix products and convolutions run in.</summary>
    public DType Precision { get; init; } = DType.Float32;

    /// <summary>Decides what a trainer draws itself, with a step's number: the same whether or not training was
    /// interrupted.</summary>
    public ulong Seed { get; init; }

    /// <summary>Where to compute.</summary>
    public Device Device { get; init; } = Device.Cpu;
}
