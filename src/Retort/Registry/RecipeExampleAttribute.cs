namespace Retort.Registry;

/// <summary>What a method's page writes into its recipe, where the method needs more than its name there.</summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class RecipeExampleAttribute : Attribute
{
    /// <summary>The term, such as <c>ab: { student_taps: […], teacher_taps: […] }</c>; by default the slug.</summary>
    public string? Term { get; init; }

    /// <summary>A stage between the teacher's and the student's, such as <c>train: { … }</c>.</summary>
    public string? Before { get; init; }

    /// <summary>The student's role, such as <c>{ model: … }</c>.</summary>
    public string? Student { get; init; }

    /// <summary>A further key of the student's stage, such as <c>head_from: teacher</c>.</summary>
    public string? Stage { get; init; }

    /// <summary>Whether the method is the stage's only term, so that no label takes part.</summary>
    public bool IsAlone { get; init; }
}
