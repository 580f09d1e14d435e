using Retort.Torch.Nn;

namespace Retort.Training;

/// <summary>What a recipe may write under <c>correct:</c>: what is done to a head after it has learnt further classes.</summary>
[Kind("correction")]
public abstract record CorrectionOptions
{
    /// <summary>Changes a head in place.</summary>
    /// <param name="head">Weight [K, D]; the rows of the old classes come first.</param>
    /// <param name="old">How many classes are old, 1 to K − 1.</param>
    /// <returns>Figures about the change, by name.</returns>
    public abstract IReadOnlyList<KeyValuePair<string, double>> Apply(Linear head, long old);
}
