using Retort.Distillation;
using Retort.Torch;

namespace Retort.Methods;

/// <summary>Options of a criterion that compares several layers of the student with as many of the teacher, in order.</summary>
public abstract record StageTapOptions : CriterionOptions, IValidatable
{
    private readonly int _least;

    /// <summary>Creates options that tap the last stage of both roles, or nothing where that is too few.</summary>
    /// <param name="weight">The published weight.</param>
    /// <param name="least">How many layers the method needs.</param>
    /// <param name="namesLayers">Whether the recipe must name the layers, because no default would be the right one.</param>
    protected StageTapOptions(double weight, int least = 1, bool namesLayers = false)
    {
        Weight = weight;
        _least = least;
        StudentTaps = TeacherTaps = least == 1 && !namesLayers ? [TapPath.LastStage] : [];
    }

    /// <summary>Module paths in the student, shallow to deep.</summary>
    public IReadOnlyList<TapPath> StudentTaps { get; init; }

    /// <summary>Module paths in the teacher, one for each of the student's.</summary>
    public IReadOnlyList<TapPath> TeacherTaps { get; init; }

    /// <summary>Whether a teacher's layer belongs to each of the student's, in order.</summary>
    protected virtual bool ArePaired => true;

    /// <inheritdoc/>
    public virtual IEnumerable<Problem> Validate()
    {
        if (StudentTaps.Count < _least)
            yield return TooFew(nameof(StudentTaps), StudentTaps.Count);
        if (TeacherTaps.Count < _least)
        {
            yield return TooFew(nameof(TeacherTaps), TeacherTaps.Count);
        }
        else if (ArePaired && TeacherTaps.Count != StudentTaps.Count)
        {
            string message = $"names {TeacherTaps.Count} layers where student_taps names {StudentTaps.Count}";
            yield return new Problem(nameof(TeacherTaps), message) { Expected = "a teacher's layer for each of the student's" };
        }
    }

    internal Tensor[] StudentFeatures(Signals signals) => [.. StudentTaps.Select(signals.Student.Tap)];

    internal Tensor[] TeacherFeatures(Signals signals) => [.. TeacherTaps.Select(signals.Teacher.Tap)];

    /// <summary>Adds up what a loss gives for each pair of layers.</summary>
    internal Tensor SumOverPairs(Signals signals, Func<int, Tensor, Tensor, Tensor> loss)
    {
        Tensor[] student = StudentFeatures(signals), teacher = TeacherFeatures(signals);
        Tensor total = loss(0, student[0], teacher[0]);
        for (int k = 1; k < student.Length; k++)
            total += loss(k, student[k], teacher[k]);
        return total;
    }

    /// <summary>Adds up what a loss gives for each pair of layers.</summary>
    internal Tensor SumOverPairs(Signals signals, Func<Tensor, Tensor, Tensor> loss) =>
        SumOverPairs(signals, (_, s, t) => loss(s, t));

    private Problem TooFew(string property, int count) =>
        new(property, $"names {count} layers") { Expected = $"at least {_least}, shallow to deep" };
}
