using System.ComponentModel.DataAnnotations;
using Retort.Data;
using Retort.Distillation;
using Retort.Evaluation;
using Retort.Training;
using Retort.Training.Optimizers;
using Retort.Training.Trainers;

namespace Retort.Stages;

/// <summary>What a recipe may write under <c>train:</c>.</summary>
public sealed record TrainStageOptions : StageOptions, IValidatable
{
    /// <summary>The role whose network is trained.</summary>
    public required string Role { get; init; }

    /// <summary>Stages that trained them, or roles with weights, in the order in which criteria see them.</summary>
    public IReadOnlyList<string> Teachers { get; init; } = [];

    /// <summary>Roles that are trained beside <see cref="Role"/>, each with the same terms; to each other they are teachers.
    /// Other stages call the results STAGE/ROLE.</summary>
    public IReadOnlyList<string> Peers { get; init; } = [];

    /// <summary>How a step is done.</summary>
    public TrainerOptions Trainer { get; init; } = new SupervisedChoice();

    /// <summary>Paths of modules that stay as they are: their parameters and their running statistics.</summary>
    public IReadOnlyList<string> Freeze { get; init; } = [];

    /// <summary>What the network's weights are made of: rounded to few values, or what stays and a small sum. The default is the
    /// parameters themselves. Peers keep theirs.</summary>
    public WeightsOptions? Weights { get; init; }

    /// <summary>Modules that move at rates of their own.</summary>
    public IReadOnlyList<ParameterGroupOptions> Groups { get; init; } = [];

    /// <summary>Networks behind taps, trained beside the role's; terms tap their outputs as <c>aux:NAME</c>.</summary>
    public IReadOnlyDictionary<string, AuxiliaryOptions> Auxiliaries { get; init; } = new Dictionary<string, AuxiliaryOptions>();

    /// <summary>The loss terms, weighted and added.</summary>
    [MinLength(1)]
    public required IReadOnlyList<CriterionOptions> Criteria { get; init; }

    /// <summary>Passes over the training data.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double Epochs { get; init; } = 10;

    /// <summary>How parameters move.</summary>
    public OptimizerOptions Optimizer { get; init; } = new SgdChoice();

    /// <summary>The factor of the learning rate while training.</summary>
    [Range(0, double.MaxValue)]
    public Schedule Schedule { get; init; } = Schedule.Cosine();

    /// <summary>Largest norm of all gradients together; larger ones are scaled down. The default leaves them.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double? ClipNorm { get; init; }

    /// <summary>Stage whose weights the network begins with; the default is fresh ones.</summary>
    public string? InitFrom { get; init; }

    /// <summary>Stage whose weights the peers begin with; the default is fresh ones.</summary>
    public string? PeersFrom { get; init; }

    /// <summary>How the weights of <see cref="InitFrom"/> are cut to this network's sizes. The default takes them as they
    /// are.</summary>
    public InheritanceOptions? Inherit { get; init; }

    /// <summary>A trained model whose last linear layer the network classifies with: copied at the start, then
    /// frozen.</summary>
    public string? HeadFrom { get; init; }

    /// <summary>Whether to train once, with the first seed, for all seeds: usual for a teacher.</summary>
    public bool Once { get; init; }

    /// <summary>The type of matrix products and convolutions: <c>float32</c> or <c>bfloat16</c>.</summary>
    [AllowedValues("float32", "bfloat16")]
    public string Precision { get; init; } = "float32";

    /// <summary>Evaluate on <see cref="EvaluateSplit"/> every so many epochs while training; 0 for never.</summary>
    [Range(0, int.MaxValue)]
    public int EvaluateEvery { get; init; } = 1;

    /// <summary>The split of the curve: <c>validation</c> where the data holds one out, else <c>test</c>. It decides
    /// nothing.</summary>
    public string? EvaluateSplit { get; init; }

    /// <summary>The earlier stage whose data, made or chosen, takes the place of the training split.</summary>
    public string? TrainOn { get; init; }

    /// <summary>What is asked of the network when it is measured while it trains. The default is the data set's task.</summary>
    public EvaluationTask? Task { get; init; }

    /// <summary>Train on so many samples, drawn anew for each seed, class by class. The default is all.</summary>
    [Range(1, int.MaxValue)]
    public int? TrainSamples { get; init; }

    /// <summary>Show only so large a share of the samples in an epoch, others in the next: an epoch has as many steps fewer. The
    /// default is all, as the data's <c>sampling</c> says.</summary>
    [Range(0, 1, MinimumIsExclusive = true)]
    public double? EpochShare { get; init; }

    /// <summary>Whether each epoch draws its share from all samples; otherwise epochs go on through a shuffled set until all were
    /// seen.</summary>
    public bool EpochRedraw { get; init; }

    /// <summary>Draw samples with replacement, each in proportion to this field of it, as many an epoch as there are: for sets
    /// that an earlier stage made with weights. The default shows each once.</summary>
    public string? SampleBy { get; init; }

    /// <summary>Samples in a training batch. The default is the data's.</summary>
    [Range(1, 1 << 20)]
    public int? BatchSize { get; init; }

    /// <summary>Whether teachers are asked once for every sample, instead of at every step. The default is to do so where
    /// nothing is augmented and nothing is tapped inside them.</summary>
    public bool? RememberTeachers { get; init; }

    /// <summary>Which sample of the batch a teacher's answer belongs to; <c>shuffled</c> is a negative control.</summary>
    public TeacherRows TeacherRows { get; init; }

    /// <summary>The share of the training samples, drawn once by the seed, for each of which a teacher always gives its answer to
    /// another of them: a control of what a method makes of a teacher that is wrong. Needs remembered teachers.</summary>
    [Range(0, 1)]
    public double TeacherMismatch { get; init; }

    /// <summary>Training samples that are kept apart to decide how the student learns from the rest, by trainers
    /// that do so.</summary>
    public HeldOutOptions? HeldOut { get; init; }

    /// <summary>Epochs after which augmentation begins anew: epoch e shows the very crops of epoch e modulo this. The default is
    /// never. A cached teacher that saw fewer epochs than the training has needs it.</summary>
    [Range(1, 100_000)]
    public int? AugmentEpochs { get; init; }

    /// <summary>Steps between checkpoints; the default is an epoch.</summary>
    [Range(1, int.MaxValue)]
    public int? CheckpointEvery { get; init; }

    /// <summary>The loss terms of one of the networks that the stage trains.</summary>
    internal IReadOnlyList<CriterionOptions> TermsOf(string learner) =>
        learner == Role ? Criteria : Trainer.TermsOfPeers ?? Criteria;

    /// <summary>What decides an epoch's samples where the data does not.</summary>
    internal Sampler? Sampler => EpochShare is { } share ? new SubsetSampler(share, EpochRedraw) : null;

    /// <inheritdoc/>
    public IEnumerable<Problem> Validate()
    {
        if (PeersFrom is not null && Peers.Count == 0)
        {
            yield return new Problem(nameof(PeersFrom), "is for peers, and the stage names none")
            {
                Code = RecipeCodes.Contradiction,
                Expected = "peers: [ROLE]",
            };
        }

        if (EpochRedraw && EpochShare is null)
        {
            yield return new Problem(nameof(EpochRedraw), "says how an epoch's share is drawn, and `epoch_share:` names none")
            {
                Expected = "epoch_share: 0.1",
            };
        }

        if (SampleBy is not null
            && (TrainOn is null || EpochShare is not null || TrainSamples is not null || HeldOut is not null))
        {
            yield return new Problem(nameof(SampleBy), "draws from all samples that an earlier stage made, and from nothing else")
            {
                Code = RecipeCodes.Contradiction,
                Expected = "`train_on:` without `epoch_share`, `train_samples` or `held_out`",
            };
        }

        if (HeadFrom is not null && Peers.Count > 0)
        {
            yield return new Problem(nameof(HeadFrom), "is for one network, and `peers:` names others")
            {
                Expected = "a stage without `peers`",
            };
        }

        if (Inherit is not null && InitFrom is null)
        {
            yield return new Problem(nameof(Inherit), "there is no network to inherit from")
            {
                Code = RecipeCodes.Contradiction,
                Expected = "init_from: the stage whose network is larger",
            };
        }

        bool IsName(string text) => text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
        foreach (string name in Auxiliaries.Keys.Where(n => !IsName(n)))
        {
            yield return new Problem(nameof(Auxiliaries), $"'{name}' is no name for an auxiliary network")
            {
                Item = name,
                Code = RecipeCodes.BadForm,
                Expected = "letters, digits, hyphens and underscores",
            };
        }

        if (Weights is not null && !Trainer.TakesWeights)
        {
            yield return new Problem(nameof(Weights), "the stage's trainer moves the network's own parameters")
            {
                Code = RecipeCodes.Contradiction,
                Expected = "trainer: supervised, mutual or on-policy",
            };
        }

        if (Trainer.MakesBatches && RememberTeachers == true)
        {
            yield return new Problem(
                nameof(RememberTeachers), "the stage's trainer makes batches itself, so no answer comes twice")
            {
                Code = RecipeCodes.Contradiction,
                Expected = "remember_teachers: false",
            };
        }

        if (HeldOut is not null != Trainer.UsesHeldOut)
        {
            yield return HeldOut is null
                ? new Problem(nameof(Trainer), "the trainer needs held-out samples, and the stage holds none out")
                {
                    Code = RecipeCodes.Contradiction,
                    Expected = "held_out: { loss: cross-entropy }",
                }
                : new Problem(nameof(HeldOut), "samples are held out, and the stage's trainer does not look at them")
                {
                    Code = RecipeCodes.Contradiction,
                    Expected = "trainer: bilevel",
                };
        }

        if (Peers.Count > 0 && !Trainer.TrainsPeers)
        {
            yield return new Problem(nameof(Peers), "peers are trained together, and the stage's trainer trains one network")
            {
                Code = RecipeCodes.Contradiction,
                Expected = "trainer: mutual, or trainer: alternating",
            };
        }
        else if (Peers.Count == 0 && Trainer.TrainsPeers)
        {
            yield return new Problem(nameof(Trainer), "the trainer trains several networks together, and the stage names one")
            {
                Code = RecipeCodes.Contradiction,
                Expected = "peers: [ROLE]",
            };
        }
    }
}

/// <summary>Which sample of the batch a teacher's answer belongs to.</summary>
public enum TeacherRows
{
    /// <summary>The sample that the teacher was asked about.</summary>
    Matched,

    /// <summary>Another one, drawn anew at each step: a control that takes away what the teacher knows of the sample.</summary>
    Shuffled,
}
