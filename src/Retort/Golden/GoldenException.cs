namespace Retort.Golden;

/// <summary>A reference vector cannot be computed: the file lacks what the method needs, or is no such file.</summary>
public sealed class GoldenException : Exception
{
    /// <summary>Creates the exception.</summary>
    public GoldenException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
