using Retort.Data;
using Retort.Torch;

namespace Retort.Distillation;

/// <summary>What one step sees: the batch, each role's outputs and taps, and the clock. Read-only.</summary>
public sealed class Signals
{
    /// <summary>Collects the signals of a step.</summary>
    /// <param name="batch">The samples.</param>
    /// <param name="clock">Where training stands.</param>
    /// <param name="student">The role that is trained.</param>
    /// <param name="teachers">Teachers in the recipe's order; may be empty.</param>
    public Signals(Batch batch, StepClock clock, RoleSignals student, params IReadOnlyList<RoleSignals> teachers)
    {
        Batch = batch;
        Clock = clock;
        Student = student;
        Teachers = teachers;
    }

    /// <summary>The samples: inputs, labels, indices, views.</summary>
    public Batch Batch { get; }

    /// <summary>Where training stands; schedules read it.</summary>
    public StepClock Clock { get; }

    /// <summary>The role that is trained.</summary>
    public RoleSignals Student { get; }

    /// <summary>Teachers in the recipe's order.</summary>
    public IReadOnlyList<RoleSignals> Teachers { get; }

    /// <summary>The only teacher, or the first of several.</summary>
    /// <exception cref="InvalidOperationException">The stage has no teacher.</exception>
    public RoleSignals Teacher => Teachers.Count > 0
        ? Teachers[0]
        : throw new InvalidOperationException("this criterion needs a teacher, and the stage names none.");

    /// <summary>The same step with one of the teachers alone.</summary>
    /// <exception cref="InvalidOperationException">No teacher has this name.</exception>
    public Signals From(string teacher) => new(
        Batch, Clock, Student,
        Teachers.FirstOrDefault(t => t.Name == teacher)
            ?? throw new InvalidOperationException(
                $"there is no teacher '{teacher}'; there are: {string.Join(", ", Teachers.Select(t => t.Name))}."));

    /// <summary>Integer classes, [N].</summary>
    public Tensor Labels => Batch.Labels;
}
