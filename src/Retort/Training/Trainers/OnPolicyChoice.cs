using System.ComponentModel.DataAnnotations;
using Retort.Data;
using Retort.Generation;
using Retort.Torch.Nn;

namespace Retort.Training.Trainers;

/// <summary>The student writes a share of the batches itself, and its teachers grade what it wrote.</summary>
/// <remarks>Each such text begins with the first tokens of a sample; those are no targets. No gradient flows through the
/// writing.</remarks>
[Named("on-policy")]
public sealed record OnPolicyChoice : TrainerOptions
{
    /// <summary>λ in [0, 1], the probability that a batch is the student's own. At 0 training is <c>supervised</c>, to the
    /// bit.</summary>
    [Range(0, 1)]
    public Schedule Share { get; init; } = 0.5;

    /// <summary>Tokens of a sample that the student goes on from.</summary>
    [Range(1, 1 << 20)]
    public int Prompt { get; init; } = 1;

    /// <summary>How the student chooses its tokens.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    /// <inheritdoc/>
    public override bool MakesBatches => true;

    /// <inheritdoc/>
    public override bool TakesWeights => true;

    /// <inheritdoc/>
    public override string? Refusal(Module student) => SequenceWriter.Refusal(student, Prompt, Prompt + 1);

    /// <inheritdoc/>
    public override Trainer Create(TrainingSetup setup, Batch sample) => new OnPolicyTrainer(setup, sample, this);
}
