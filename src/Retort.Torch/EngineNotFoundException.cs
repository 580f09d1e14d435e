namespace Retort.Torch;

/// <summary>libtorch or Retort's native library could not be loaded.</summary>
public sealed class EngineNotFoundException : Exception
{
    /// <summary>Creates the exception with a message that says what to install or to set.</summary>
    public EngineNotFoundException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
