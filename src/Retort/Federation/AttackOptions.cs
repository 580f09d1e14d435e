using Retort.Data;
using Retort.Torch.Nn;

namespace Retort.Federation;

/// <summary>What a recipe may write under <c>attack:</c>: what Byzantine clients do.</summary>
[Kind("attack")]
public abstract record AttackOptions
{
    /// <summary>The samples that it trains on, given its own.</summary>
    public virtual Dataset Poison(Dataset data) => data;

    /// <summary>Changes the model that it sends, in place.</summary>
    /// <param name="model">What it has trained.</param>
    /// <param name="seed">Decides what it draws, by client and round.</param>
    public virtual void Tamper(Module model, ulong seed)
    {
    }
}
