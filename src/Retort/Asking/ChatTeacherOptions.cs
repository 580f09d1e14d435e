namespace Retort.Asking;

/// <summary>What a recipe may write for a teacher that is asked in words and answers in words: all that is known of it is what it
/// writes.</summary>
[Kind("chat teacher")]
public abstract record ChatTeacherOptions
{
    /// <summary>What its answers depend on, beside the question: the same text, the same teacher.</summary>
    /// <param name="registry">What recipes can name.</param>
    public abstract string IdentityIn(ComponentRegistry registry);

    /// <summary>Makes the connection to it.</summary>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="Runs.RunException">It cannot be reached with these options.</exception>
    public abstract Task<ChatConnection> OpenAsync(CancellationToken cancellation);
}
