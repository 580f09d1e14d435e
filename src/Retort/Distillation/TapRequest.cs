namespace Retort.Distillation;

/// <summary>Which kind of role a tap belongs to.</summary>
public enum TapRole
{
    /// <summary>The role that is trained.</summary>
    Student,

    /// <summary>Every teacher.</summary>
    Teacher,
}

/// <summary>A tensor that a criterion needs.</summary>
/// <param name="Role">Whose.</param>
/// <param name="Path">Where inside the model.</param>
/// <param name="Property">The option that names it, for messages.</param>
/// <param name="Item">Which of several in that option, or null.</param>
public readonly record struct TapRequest(TapRole Role, TapPath Path, string Property, int? Item = null);
