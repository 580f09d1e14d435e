namespace Retort.Torch;

/// <summary>A tensor has a shape that the called function cannot use.</summary>
public sealed class ShapeException : ArgumentException
{
    /// <summary>Creates the exception with a message that names the arguments and their shapes.</summary>
    public ShapeException(string message)
        : base(message)
    {
    }
}
