using System.ComponentModel.DataAnnotations;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Retort.Data.Transforms;
using Retort.Torch;

namespace Retort.Data.Sets;

/// <summary>A set of prompts and the completions that a language model is to write after them; see <see cref="PromptedText"/>.
/// </summary>
public abstract record PromptedSet : DatasetOptions
{
    /// <summary>What stands before every prompt, such as the name of a task.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Bytes of prompt and completion together at most.</summary>
    [Range(2, 1 << 20)]
    public int MaxLength { get; init; } = 256;

    /// <inheritdoc/>
    public override string Task => "completion";

    /// <inheritdoc/>
    public override IReadOnlyList<IBatchTransform> Collate => [new CompletionTargets()];

    /// <summary>Makes a set of texts.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="split">The split.</param>
    /// <param name="texts">Prompts without the prefix, and completions.</param>
    /// <param name="place">Says where the k-th text is from, for messages; null for its number.</param>
    /// <exception cref="DataFormatException">A text is too long, or its prompt empty.</exception>
    protected Dataset Build(
        string name, string split, IReadOnlyList<(string Prompt, string Completion)> texts, Func<int, string>? place = null)
    {
        ArgumentNullException.ThrowIfNull(texts);
        // One more for the end of the longest text.
        int length = MaxLength + 1;
        var tokens = new long[checked(texts.Count * length)];
        var places = new long[texts.Count];
        var labels = new long[texts.Count];
        Array.Fill(labels, Dataset.NoLabel);
        for (int k = 0; k < texts.Count; k++)
        {
            try
            {
                places[k] = PromptedText.Encode(Prefix + texts[k].Prompt, texts[k].Completion, tokens.AsSpan(k * length, length));
            }
            catch (ArgumentException e)
            {
                throw new DataFormatException(name, place?.Invoke(k) ?? FormattableString.Invariant($"sample {k}"), e.Message, e);
            }
        }

        return Dataset.Of(name, split, new Source(tokens, places, length), labels, []);
    }

    private sealed class Source(long[] tokens, long[] places, int length) : ISampleSource
    {
        public int Count => places.Length;

        public IReadOnlyList<long> SampleShape => [length];

        public DType ElementType => DType.Int64;

        public bool IsCostly => false;

        public string Identity { get; } = Convert.ToHexStringLower(SHA256.HashData(
            [.. MemoryMarshal.AsBytes(tokens.AsSpan()), .. MemoryMarshal.AsBytes(places.AsSpan())]));

        public IReadOnlyList<SampleField> Fields { get; } = [new SampleField(PromptedText.PlaceField, [1], DType.Int64)];

        public void Read(int place, Span<byte> target) =>
            MemoryMarshal.AsBytes(tokens.AsSpan(place * length, length)).CopyTo(target);

        public void ReadField(int place, int field, Span<byte> target) =>
            MemoryMarshal.AsBytes(places.AsSpan(place, 1)).CopyTo(target);
    }
}
