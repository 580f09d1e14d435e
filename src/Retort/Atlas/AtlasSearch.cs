using System.ComponentModel.DataAnnotations;

namespace Retort.Atlas;

/// <summary>How one setting of an entry's recipe was chosen: the best of a few values on validation data.</summary>
/// <remarks>A search starts from what the entry's searches before it found best. Methods and baselines have equally many values
/// to try, and the seeds are not those of the claim.</remarks>
[Noun("search")]
public sealed record AtlasSearch : IValidatable
{
    private const int MostValues = 20;

    /// <summary>The setting, as <c>--set</c> names it: <c>stages.at.criteria.at.weight</c>.</summary>
    [MinLength(1)]
    public required string Set { get; init; }

    /// <summary>The values to try, as <c>--set</c> takes them.</summary>
    public required IReadOnlyList<string> Values { get; init; }

    /// <summary>The train stage whose figure on the validation split decides.</summary>
    public required string Stage { get; init; }

    /// <summary>The figure, of which more is better.</summary>
    public string Metric { get; init; } = "accuracy";

    /// <summary>The seeds of the search, which the claim does not use.</summary>
    public Seeds Seeds { get; init; } = [100, 101, 102];

    /// <inheritdoc/>
    public IEnumerable<Problem> Validate()
    {
        if (Values.Count is < 2 or > MostValues || Values.Distinct().Count() != Values.Count)
        {
            int different = Values.Distinct().Count();
            yield return new Problem(nameof(Values), $"the search has {different} different values of {Values.Count}")
            {
                Expected = $"2 to {MostValues} different values",
            };
        }
    }
}
