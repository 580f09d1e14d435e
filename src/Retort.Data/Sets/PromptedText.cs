using System.Text;

namespace Retort.Data.Sets;

/// <summary>Texts of two parts, a prompt and a completion that models are to write after it, as byte tokens (see
/// <see cref="ByteTokens"/>).</summary>
/// <remarks>A sample is [L] tokens: prompt, completion, and zeros. The field <see cref="PlaceField"/> says where the completion
/// begins. A set may have further texts of each sample beside this one, as fields NAME [L′] and NAME<see cref="PlaceSuffix"/>.
/// <see cref="Transforms.CompletionTargets"/> makes inputs and labels of them.</remarks>
public static class PromptedText
{
    /// <summary>The field with the place of a completion's first token, [1] int64.</summary>
    public const string PlaceField = "completion_at";

    /// <summary>What follows a further text's name in the field with the place of its completion.</summary>
    public const string PlaceSuffix = "_at";

    /// <summary>Writes a text's tokens.</summary>
    /// <param name="prompt">What stands there, not empty: a first token has nothing to be predicted from.</param>
    /// <param name="completion">What models are to write.</param>
    /// <param name="tokens">Receives them; it must be longer than the text, so that the text's end is a token too.</param>
    /// <returns>The place of the completion's first token.</returns>
    /// <exception cref="ArgumentException">The prompt is empty, a part holds a NUL, or the text does not fit.</exception>
    public static long Encode(string prompt, string completion, Span<long> tokens)
    {
        ArgumentException.ThrowIfNullOrEmpty(prompt);
        ArgumentNullException.ThrowIfNull(completion);
        int place = Encoding.UTF8.GetByteCount(prompt), length = place + Encoding.UTF8.GetByteCount(completion);
        if (length >= tokens.Length)
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"prompt and completion have {length} bytes; {tokens.Length - 1} are allowed."));
        }

        ByteTokens.Encode(prompt + completion, tokens);
        return place;
    }

    /// <summary>The text of tokens up to the first zero.</summary>
    public static string Decode(ReadOnlySpan<long> tokens)
    {
        int end = tokens.IndexOf(0);
        ReadOnlySpan<long> text = end < 0 ? tokens : tokens[..end];
        var bytes = new byte[text.Length];
        for (int k = 0; k < bytes.Length; k++)
            bytes[k] = checked((byte)(text[k] - 1));
        return Encoding.UTF8.GetString(bytes);
    }
}
