namespace Retort.Asking;

/// <summary>A teacher did not answer a question: refused, overloaded, cut off, or in a form that cannot be understood.</summary>
public sealed class ChatFailureException : Exception
{
    /// <summary>Creates a failure.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="isPassing">Whether asking again may help.</param>
    /// <param name="retryAfter">How long the teacher asks to wait; null where it says nothing.</param>
    /// <param name="inner">What caused it.</param>
    public ChatFailureException(string message, bool isPassing, TimeSpan? retryAfter = null, Exception? inner = null)
        : base(message, inner)
    {
        IsPassing = isPassing;
        RetryAfter = retryAfter;
    }

    /// <summary>Whether asking again may help.</summary>
    public bool IsPassing { get; }

    /// <summary>How long the teacher asks to wait; null where it says nothing.</summary>
    public TimeSpan? RetryAfter { get; }
}
