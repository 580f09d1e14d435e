using Retort.Data;
using Retort.Distillation;
using Retort.Evaluation;
using Retort.Runs;
using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Training.Optimizers;
using Retort.Training.Trainers;

namespace Retort.Training;

/// <summary>Distils from C#: says in code what a recipe's train stage says in YAML, and runs the same loop.</summary>
/// <remarks>The networks stay the caller's: the student's weights are changed in place, teachers are put into evaluation mode and
/// frozen.</remarks>
public sealed class Distillation
{
    private readonly IReadOnlyList<Role> _teachers;
    private readonly Role _student;
    private readonly List<Func<Criterion>> _terms = [];
    private readonly List<string> _names = [];

    /// <summary>Names a teacher and a student.</summary>
    public Distillation(Module teacher, Module student)
        : this([new Role("teacher", teacher)], student)
    {
    }

    /// <summary>Names several teachers, in the order in which criteria see them, or none, and a student.</summary>
    public Distillation(IReadOnlyList<Role> teachers, Module student)
    {
        ArgumentNullException.ThrowIfNull(teachers);
        ArgumentNullException.ThrowIfNull(student);
        _teachers = teachers;
        _student = new Role("student", student);
    }

    /// <summary>How parameters move. The default is SGD with momentum 0.9 at rate 0.1.</summary>
    public OptimizerOptions Optimizer { get; init; } = new SgdChoice();

    /// <summary>The factor of the learning rate. The default is a cosine from 1 to 0.</summary>
    public Schedule Schedule { get; init; } = Schedule.Cosine();

    /// <summary>How a step is done. The default is one student under frozen teachers.</summary>
    public TrainerOptions Trainer { get; init; } = new SupervisedChoice();

    /// <summary>Largest norm of all gradients together, or null.</summary>
    public double? ClipNorm { get; init; }

    /// <summary>What the loader does to every sample that is not augmentation: a term that reads training samples itself does
    /// the same.</summary>
    public IReadOnlyList<IBatchTransform> Transforms { get; init; } = [];

    /// <summary>Where to compute; the networks are moved there.</summary>
    public Device Device { get; init; } = Device.Cpu;

    /// <summary>Decides what training draws: dropout, and the initial weights of projectors.</summary>
    public ulong Seed { get; init; }

    /// <summary>Told what happens, or null.</summary>
    public IRunProgress? Progress { get; init; }

    /// <summary>Adds a loss term by its options, as a recipe names it.</summary>
    /// <exception cref="ArgumentException">The options belong to no criterion.</exception>
    public Distillation With(CriterionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _names.Add(RetortCatalog.Default.ComponentOf(options).Slug);
        _terms.Add(() => RetortCatalog.Default.Create<Criterion>(options));
        return this;
    }

    /// <summary>Adds a loss term of the caller's own class; it is disposed of after training.</summary>
    public Distillation With(Criterion criterion)
    {
        ArgumentNullException.ThrowIfNull(criterion);
        _names.Add(Names.Kebab(criterion.GetType().Name));
        _terms.Add(() => criterion);
        return this;
    }

    /// <summary>Trains the student.</summary>
    /// <param name="data">Training batches.</param>
    /// <param name="epochs">Passes over them.</param>
    /// <param name="evaluation">Batches to measure the student on at the end; null for none.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <returns>The student's figures on the evaluation batches, or null.</returns>
    /// <exception cref="ArgumentException">No term was added, or a term does not fit the networks.</exception>
    /// <exception cref="RunException">A loss is not finite any more.</exception>
    public ClassificationFigures? Train(
        Loader data, double epochs, Loader? evaluation = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (_terms.Count == 0)
            throw new InvalidOperationException("add at least one loss term by With.");
        Engine.ManualSeed(Seed);
        foreach (Role role in _teachers.Append(_student))
            role.Model.To(Device);
        using var scope = new TensorScope();
        using Trainer trainer = Trainer.Create(
            new TrainingSetup
            {
                Student = _student,
                Teachers = _teachers,
                Criteria = [.. _terms.Select(make => make())],
                CriterionNames = TermNames.Of(_names),
                Optimizer = Optimizer,
                Schedule = Schedule,
                ClipNorm = ClipNorm,
                Data = data.Data,
                Transforms = Transforms,
                Device = Device,
            },
            data.Epoch(0, cancellation: cancellation).First());
        new TrainingLoop
        {
            Trainer = trainer,
            Loader = data,
            Epochs = epochs,
            Progress = Progress,
            Cancellation = cancellation,
        }.Run();
        if (evaluation is null)
            return null;
        return Predictor.Evaluate(_student.Model, evaluation, Device);
    }
}
