namespace Retort.Selection;

/// <summary>A rule that chooses some of a class's real samples.</summary>
public abstract class Selector
{
    /// <summary>Whether it needs logits and the features behind them, and so a trained model.</summary>
    public virtual bool NeedsModel => false;

    /// <summary>Chooses.</summary>
    /// <param name="pool">What is known of the samples of one class.</param>
    /// <param name="count">How many, at most as many as there are.</param>
    /// <returns>Rows of the pool, each once, in the order in which they were chosen.</returns>
    public abstract int[] Choose(SelectionPool pool, int count);
}
