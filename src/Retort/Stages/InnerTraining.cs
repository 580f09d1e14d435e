using Retort.Data;
using Retort.Distillation;
using Retort.Runs;
using Retort.Torch;
using Retort.Training;

namespace Retort.Stages;

/// <summary>A training inside a step of a stage: of a task, of a client in a round. It keeps no state of its own; the stage's
/// step is done again where it was interrupted.</summary>
internal sealed record InnerTraining
{
    // What terms call the training that left their parts, where it is the one before in the same stage.
    private const string Before = "the training before";

    /// <summary>How.</summary>
    public required TrainingPlan Plan { get; init; }

    /// <summary>The network.</summary>
    public required Role Student { get; init; }

    /// <summary>Frozen networks that terms see.</summary>
    public IReadOnlyList<Role> Teachers { get; init; } = [];

    /// <summary>The samples.</summary>
    public required Dataset Data { get; init; }

    /// <summary>What tells its chance from other trainings' of the stage.</summary>
    public required string Purpose { get; init; }

    /// <summary>The terms; by default the plan's.</summary>
    public IReadOnlyList<CriterionOptions>? Criteria { get; init; }

    /// <summary>What the terms of a training before own; those that find their parts there begin with them.</summary>
    public IReadOnlyDictionary<string, Tensor> Parts { get; init; } = new Dictionary<string, Tensor>();

    /// <summary>Makes what answers for a teacher; by default the network itself is run, or asked once where samples always look
    /// the same.</summary>
    public Func<Role, IReadOnlyList<TapPath>, ITeacher>? Ask { get; init; }

    /// <summary>Trains.</summary>
    /// <returns>What the terms own afterwards, in the caller's scope.</returns>
    /// <exception cref="RunException">A term does not fit the network, or the loss is not finite any more.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public IReadOnlyDictionary<string, Tensor> Run(StageContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        Loader loader = context.Data.Training(
            context.SeedOf($"data/{context.Stage}/{Purpose}"), batchSize: Plan.BatchSize, instead: Data);
        using var scope = new TensorScope();
        using Trainer trainer = Make(context, loader.Epoch(0).First());
        Engine.ManualSeed(context.SeedOf($"training/{context.Stage}/{Purpose}"));
        new TrainingLoop
        {
            Trainer = trainer,
            Loader = loader,
            Epochs = Plan.Epochs,
            Name = $"{context.Stage}, {Purpose}",
            Seed = context.Seed,
            Cancellation = context.Cancellation,
        }.Run();
        return trainer.Parts.ToDictionary(p => p.Key, p => scope.Keep(p.Value.Detach().Clone()));
    }

    private Trainer Make(StageContext context, Batch sample)
    {
        CriterionOptions[] options = [.. Criteria ?? Plan.Criteria];
        string[] names = TermNames.Of(context.Registry, options);
        for (int k = 0; k < options.Length; k++)
        {
            if (Parts.Keys.Any(p => p.StartsWith(names[k] + "/", StringComparison.Ordinal)))
                options[k] = options[k] with { PartsFrom = Before };
        }

        Criterion[] criteria = [.. options.Select(c => context.Registry.Create<Criterion>(c))];
        bool remember = context.Data.RemembersTeachers && !criteria.Any(c => c.Inputs.Any());
        try
        {
            return Plan.Trainer.Create(
                new TrainingSetup
                {
                    Student = Student,
                    Teachers = Teachers,
                    Freeze = Plan.Freeze,
                    Parts = stage => stage == Before ? Parts : context.PartsOf(stage),
                    Data = Data,
                    Transforms = context.Data.Normalization,
                    Criteria = criteria,
                    Ask = Ask ?? ((role, taps) => remember && taps.Count == 0
                        ? RememberedTeacher.Of(role, Data, context.Data.Preparation, context.Device)
                        : new FrozenTeacher(role, taps)),
                    CriterionNames = names,
                    Optimizer = Plan.Optimizer,
                    Schedule = Plan.Schedule,
                    ClipNorm = Plan.ClipNorm,
                    Device = context.Device,
                },
                sample);
        }
        catch (ArgumentException e)
        {
            throw new RunException($"stage '{context.Stage}' ({Purpose}): {e.Message}", isInputWrong: true, e);
        }
    }
}
