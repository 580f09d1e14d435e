using Retort.Torch;

namespace Retort.Training;

/// <summary>What a recipe may write under <c>inherit:</c>: how the weights of a trained network become those of a smaller
/// one.</summary>
[Kind("inheritance", Command = "retort methods {0}")]
public abstract record InheritanceOptions
{
    /// <summary>Values for the parameters and buffers of the smaller network.</summary>
    /// <param name="from">The trained network's, by name.</param>
    /// <param name="to">The smaller network's, by name, for their shapes.</param>
    /// <returns>A value for each name of <paramref name="to"/>.</returns>
    /// <exception cref="ArgumentException">The networks do not fit; the message names a parameter.</exception>
    public abstract IReadOnlyDictionary<string, Tensor> Cut(
        IReadOnlyDictionary<string, Tensor> from, IReadOnlyDictionary<string, Tensor> to);
}
