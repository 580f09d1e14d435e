namespace Retort.Federation;

/// <summary>What a recipe may write under <c>participation:</c>: which clients take part in a round; a bare number is their
/// share.</summary>
[Kind("participation", Number = "share", Command = "retort methods {0}")]
public abstract record ParticipationOptions
{
    /// <summary>Chooses the clients of a round.</summary>
    /// <param name="clients">How many there are, at least 1.</param>
    /// <param name="round">The round, from 1.</param>
    /// <param name="seed">Decides where chance does.</param>
    /// <returns>Different numbers below <paramref name="clients"/>, at least one.</returns>
    public abstract IReadOnlyList<int> Choose(int clients, int round, ulong seed);
}
