using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Federation;

/// <summary>What a recipe may write under <c>aggregation:</c>: how clients' networks become one, or learn
/// from each other.</summary>
[Kind("aggregation", Command = "retort methods {0}")]
public abstract record AggregationOptions
{
    /// <summary>Whether it leaves one model, in the server's network, that every client goes on from.</summary>
    public abstract bool IsShared { get; }

    /// <summary>Whether it needs samples at the server.</summary>
    public virtual bool NeedsProxy => false;

    /// <summary>Whether clients need samples that they did not train on.</summary>
    public virtual bool NeedsHeldOut => false;

    /// <summary>Puts the round's result into the server's network, or into the clients'.</summary>
    /// <returns>Figures about the exchange, by name.</returns>
    public abstract IReadOnlyList<KeyValuePair<string, double>> Exchange(FederatedRound round);

    /// <summary>The weighted mean of networks' states: parameters and running statistics; counters are the first one's.</summary>
    /// <param name="models">Networks of one architecture.</param>
    /// <param name="weights">One each, at least 0, not all 0; they need not sum to 1.</param>
    /// <exception cref="ArgumentException">There are none, or not one weight each, or the weights sum to nothing.</exception>
    public static IReadOnlyDictionary<string, Tensor> Mean(IReadOnlyList<Module> models, IReadOnlyList<double> weights)
    {
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(weights);
        double sum = weights.Sum();
        if (models.Count == 0 || models.Count != weights.Count || !(sum > 0))
        {
            throw new ArgumentException(
                $"{models.Count} models and {weights.Count} weights of sum {sum} have no mean.", nameof(weights));
        }
        using GradMode off = Autograd.NoGrad();
        IReadOnlyDictionary<string, Tensor>[] states = [.. models.Select(m => m.StateDict())];
        return states[0].ToDictionary(entry => entry.Key, entry =>
        {
            if (!entry.Value.DType.IsFloatingPoint())
                return entry.Value.Clone();
            Tensor mean = entry.Value * (weights[0] / sum);
            for (int k = 1; k < states.Length; k++)
                mean.AddInPlace(states[k][entry.Key], weights[k] / sum);
            return mean.Detach();
        });
    }
}
