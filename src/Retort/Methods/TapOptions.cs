using Retort.Distillation;

namespace Retort.Methods;

/// <summary>Options of a criterion that compares one tensor of the student with one of the teacher.</summary>
public abstract record TapOptions : CriterionOptions
{
    /// <summary>Creates options that tap both roles at the same place.</summary>
    /// <param name="initial">Where to tap when the recipe does not say.</param>
    /// <param name="weight">The published weight.</param>
    protected TapOptions(TapPath initial, double weight)
    {
        StudentTap = initial;
        TeacherTap = initial;
        Weight = weight;
    }

    /// <summary>Module path in the student.</summary>
    public TapPath StudentTap { get; init; }

    /// <summary>Module path in the teacher.</summary>
    public TapPath TeacherTap { get; init; }
}
