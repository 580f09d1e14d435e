namespace Retort.Search;

/// <summary>What a recipe may write under <c>score:</c> of <c>search</c>: how good an architecture looks before it is
/// trained.</summary>
[Kind("architecture score", Command = "retort methods {0}")]
public abstract record ArchitectureScoreOptions
{
    /// <summary>Roles whose networks it looks at beside the candidate's; the key under which each is named comes first.</summary>
    public virtual IEnumerable<(string Property, string Role)> Roles => [];

    /// <summary>Scores a candidate.</summary>
    /// <param name="trial">The candidate, and what networks are fed.</param>
    /// <returns>The higher, the better; finite.</returns>
    /// <exception cref="ArgumentException">The candidate has not what the score looks at, or does not go with a role.</exception>
    public abstract double Of(ArchitectureTrial trial);
}
