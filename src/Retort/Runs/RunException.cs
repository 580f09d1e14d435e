namespace Retort.Runs;

/// <summary>A run cannot go on for a reason that the user can understand: it diverged, or a file it needs is not what it should
/// be.</summary>
public sealed class RunException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What happened, where, and what to do.</param>
    /// <param name="isInputWrong">Whether the input was wrong (exit code 2) rather than the run failing (exit code 1).</param>
    /// <param name="inner">What caused it.</param>
    public RunException(string message, bool isInputWrong = false, Exception? inner = null)
        : base(message, inner) => IsInputWrong = isInputWrong;

    /// <summary>Whether the input was wrong rather than the run failing.</summary>
    public bool IsInputWrong { get; }
}
