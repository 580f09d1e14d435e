using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Retort.Data;

namespace Retort.Serving;

/// <summary>Serves a script's answers, a word a token.</summary>
/// <param name="name">What requests call it.</param>
/// <param name="script">The rules.</param>
public sealed class ScriptSource(string name, ScriptOptions script) : TextSource
{
    /// <inheritdoc/>
    public override string Name { get; } = name;

    /// <inheritdoc/>
    public override int CountTokens(TextRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return Words(request.Prompt).Count();
    }

    /// <inheritdoc/>
    public override IEnumerable<TextPiece> Write(TextRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(request.Prompt));
        string answer = script.Answer(request, RandomStream.Derive(request.Seed, BinaryPrimitives.ReadUInt64LittleEndian(hash)));
        // A rule has no doubts: what it writes has probability 1.
        foreach (string word in Words(answer))
            yield return new TextPiece(Encoding.UTF8.GetBytes(word), request.Alternatives is null ? null : 0, []);
    }

    // Each word with the white space before it.
    private static IEnumerable<string> Words(string text)
    {
        int start = 0;
        for (int at = 1; at <= text.Length; at++)
        {
            if (at < text.Length && !(char.IsWhiteSpace(text[at]) && !char.IsWhiteSpace(text[at - 1])))
                continue;
            yield return text[start..at];
            start = at;
        }
    }
}
