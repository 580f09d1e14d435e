namespace Retort.Serving;

/// <summary>Something that writes text when it is asked: a language model, or a script. What a server serves.</summary>
/// <remarks>A server asks it from one thread at a time.</remarks>
public abstract class TextSource : IDisposable
{
    /// <summary>What requests call it.</summary>
    public abstract string Name { get; }

    /// <summary>How many tokens the request's messages are.</summary>
    public abstract int CountTokens(TextRequest request);

    /// <summary>How many tokens it could write after the request's messages; below 1 where they are too long already.</summary>
    public virtual int Room(TextRequest request) => int.MaxValue;

    /// <summary>Writes piece by piece, until the text is at its end or the caller stops asking.</summary>
    public abstract IEnumerable<TextPiece> Write(TextRequest request);

    /// <summary>Frees what it holds.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what it holds.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}
