namespace Retort.Selection;

/// <summary>Samples by chance: what every other choice must beat.</summary>
[Named("random")]
public sealed class RandomSelector(RandomSelectorOptions options) : Selector
{
    /// <summary>What the recipe says.</summary>
    public RandomSelectorOptions Options { get; } = options;

    /// <inheritdoc/>
    public override int[] Choose(SelectionPool pool, int count)
    {
        ArgumentNullException.ThrowIfNull(pool);
        return pool.Random.Permutation(pool.Count)[..count];
    }
}

/// <summary>What a recipe may write under <c>random:</c>: nothing.</summary>
public sealed record RandomSelectorOptions : SelectorOptions;
