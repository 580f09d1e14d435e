namespace Retort.Models.Text;

/// <summary>A model that reads tokens from left to right and says at each what comes next: what can write text.</summary>
public interface ICausalModel
{
    /// <summary>How many tokens it sees at most.</summary>
    public int Context { get; }

    /// <summary>How many tokens there are to choose from.</summary>
    public int Vocabulary { get; }

    /// <summary>Begins to read one batch of texts. The reader is disposed of by the caller.</summary>
    public ITokenReader Reader();
}
