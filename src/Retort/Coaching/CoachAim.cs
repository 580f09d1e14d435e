namespace Retort.Coaching;

/// <summary>Which classes a coach asks texts for.</summary>
public enum CoachAim
{
    /// <summary>The more of a class, the worse the student does on it; the teacher is told how it does, and its surest
    /// mistakes.</summary>
    Weak,

    /// <summary>As many of each, and nothing is told: a control.</summary>
    Uniform,
}
