using System.Text;

namespace Retort.Data.Sets;

/// <summary>The tokens of text without a vocabulary: its UTF-8 bytes plus one, and 0 for padding.</summary>
public static class ByteTokens
{
    /// <summary>How many tokens there are: 256 bytes and the padding.</summary>
    public const int Vocabulary = 257;

    /// <summary>Writes a text's tokens; what does not fit is cut off, what is left is padding.</summary>
    public static void Encode(string text, Span<long> tokens)
    {
        ArgumentNullException.ThrowIfNull(text);
        tokens.Clear();
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        for (int k = 0; k < Math.Min(bytes.Length, tokens.Length); k++)
            tokens[k] = bytes[k] + 1;
    }
}
