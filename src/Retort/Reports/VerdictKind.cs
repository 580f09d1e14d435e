namespace Retort.Reports;

/// <summary>What can be said about a difference.</summary>
public enum VerdictKind
{
    /// <summary>Better by more than the pooled standard error.</summary>
    Better,

    /// <summary>The difference is within the pooled standard error.</summary>
    Unclear,

    /// <summary>Worse by more than the pooled standard error.</summary>
    Worse,

    /// <summary>One seed says nothing about spread.</summary>
    Unknown,

    /// <summary>A value is NaN, as after a run that diverged.</summary>
    Failed,
}
