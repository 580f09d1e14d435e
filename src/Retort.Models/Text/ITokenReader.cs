using Retort.Torch;

namespace Retort.Models.Text;

/// <summary>A model in the middle of a batch of texts: it reads on without reading again what it has read.</summary>
public interface ITokenReader : IDisposable
{
    /// <summary>How many positions were read.</summary>
    public long Length { get; }

    /// <summary>Reads the tokens that follow.</summary>
    /// <param name="tokens">int64 [N, T]; N is the same in every call.</param>
    /// <returns>Logits of the new positions, [N, T, vocabulary].</returns>
    /// <exception cref="ShapeException">The tokens do not fit into the context, or the batch is another.</exception>
    public Tensor Read(Tensor tokens);

    /// <summary>Forgets every position from that one on, such as tokens that were guessed and refused.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative or more than was read.</exception>
    public void Truncate(long length);
}
