using Retort.Data;
using Retort.Data.Transforms;
using Retort.Distillation;
using Retort.Generation;
using Retort.Torch;
using Retort.Training.Trainers;

namespace Retort.Training;

/// <summary>A supervised training in which some batches are written by the student itself, for its teachers to grade.</summary>
/// <remarks>Which batches those are depends on the setup's seed and the step's number alone; what is written is drawn from the
/// default generator, whose state a checkpoint holds.</remarks>
public sealed class OnPolicyTrainer : Trainer
{
    private readonly TrainingSetup _setup;
    private readonly OnPolicyChoice _options;
    private readonly SupervisedTrainer _inner;

    /// <summary>Prepares a training.</summary>
    /// <param name="setup">Roles, terms and optimiser; the student is one that can write.</param>
    /// <param name="sample">A few sequences: input [N, T] and labels [N, T].</param>
    /// <param name="options">How much is written, and how.</param>
    /// <exception cref="ArgumentException">The student cannot go on from such prompts, or what a supervised training
    /// refuses.</exception>
    public OnPolicyTrainer(TrainingSetup setup, Batch sample, OnPolicyChoice options)
    {
        ArgumentNullException.ThrowIfNull(setup);
        ArgumentNullException.ThrowIfNull(sample);
        ArgumentNullException.ThrowIfNull(options);
        Shapes.RequireDimensions(sample.Input, 2);
        if (SequenceWriter.Refusal(setup.Student.Model, options.Prompt, (int)sample.Input.Size(1) + 1) is { } why)
            throw new ArgumentException($"role '{setup.Student.Name}' cannot be trained on its own text: {why}.", nameof(setup));
        (_setup, _options) = (setup, options);
        _inner = new SupervisedTrainer(setup, sample);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> FigureNames => _inner.FigureNames;

    /// <inheritdoc/>
    public override IReadOnlyList<Role> Results => _inner.Results;

    /// <inheritdoc/>
    public override IEnumerable<KeyValuePair<string, Tensor>> Parts => _inner.Parts;

    /// <inheritdoc/>
    public override IEnumerable<KeyValuePair<string, double>> Findings => _inner.Findings;

    /// <inheritdoc/>
    public override IEnumerable<KeyValuePair<string, double>> Sizes => _inner.Sizes;

    /// <inheritdoc/>
    public override double LearningRate => _inner.LearningRate;

    /// <inheritdoc/>
    public override void Train() => _inner.Train();

    /// <inheritdoc/>
    public override IDisposable? AsLeft() => _inner.AsLeft();

    /// <inheritdoc/>
    public override void Conclude() => _inner.Conclude();

    /// <inheritdoc/>
    public override void Step(Batch batch, StepClock clock, TermMeter figures)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using var scope = new TensorScope();
        bool own = RandomStream.Derive(_setup.Seed, (ulong)clock.Step).NextBoolean(_options.Share.At(clock));
        _inner.Step(own ? Written(batch) : batch, clock, figures);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, double>> Inspect(Batch batch, StepClock clock) =>
        _inner.Inspect(batch, clock);

    /// <inheritdoc/>
    public override IEnumerable<KeyValuePair<string, Tensor>> State() => _inner.State();

    /// <inheritdoc/>
    public override void Load(IReadOnlyDictionary<string, Tensor> state) => _inner.Load(state);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _inner.Dispose();
    }

    // The last token of a text is a target only, so a text has one more than an input.
    private Batch Written(Batch batch)
    {
        Tensor prompts = batch.Input.To(_setup.Device).Narrow(1, 0, _options.Prompt);
        int length = (int)batch.Input.Size(1) + 1;
        using IDisposable? asLeft = _inner.AsLeft();
        Tensor tokens = SequenceWriter.Write(_setup.Student.Model, prompts, length, _options.Sampling).Tokens;
        _inner.Train();
        Tensor mask = tokens.NewOnes([tokens.Size(0), length], DType.UInt8);
        mask.Narrow(1, 0, _options.Prompt).FillInPlace(0);
        Batch written = batch.With(tokens).And([new(NextToken.Mask, mask)]);
        return new NextToken().Apply(written, default);
    }
}
