using Retort.Data;
using Retort.Data.Sets;
using Retort.Models.Text;
using Retort.Torch;

namespace Retort.Serving;

/// <summary>Serves a GPT over bytes: token b + 1 is byte b, and token 0 ends the text (see <see cref="ByteTokens"/>).</summary>
/// <remarks>A conversation has no template of its own: its messages become lines, and the model continues them.</remarks>
public sealed class LanguageModelSource : TextSource
{
    private readonly Gpt _model;
    private readonly Device _device;

    /// <summary>Takes over a model.</summary>
    /// <param name="name">What requests call it.</param>
    /// <param name="model">A model of the byte vocabulary; it belongs to the source now.</param>
    /// <param name="device">Where it is.</param>
    /// <exception cref="ArgumentException">Its vocabulary is not that of bytes.</exception>
    public LanguageModelSource(string name, Gpt model, Device device)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        model.Eval();
        long vocabulary = model.Call(Tensor.Zeros(DType.Int64, 1, 1).To(device)).Size(2);
        if (vocabulary != ByteTokens.Vocabulary)
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"'{name}' has a vocabulary of {vocabulary} tokens; ")
                + FormattableString.Invariant($"only that of bytes ({ByteTokens.Vocabulary}) can be served as text."));
        }

        Name = name;
        _model = model;
        _device = device;
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override int CountTokens(TextRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return System.Text.Encoding.UTF8.GetByteCount(request.Prompt);
    }

    /// <inheritdoc/>
    public override int Room(TextRequest request) => _model.Context - Math.Max(1, CountTokens(request));

    /// <inheritdoc/>
    public override IEnumerable<TextPiece> Write(TextRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        // An empty text begins where padding ends, which is the only thing that stands before a text in training.
        var tokens = new long[Math.Max(1, CountTokens(request))];
        ByteTokens.Encode(request.Prompt, tokens);
        RandomStream chance = RandomStream.Derive(request.Seed, 0x7E47);
        using var cache = new GptCache();
        while (true)
        {
            float[] logits = Next(tokens, cache);
            int token = TokenChoice.Draw(logits, request.Temperature, request.TopP, chance);
            if (token == 0)
                yield break;
            yield return Piece(logits, token, request.Alternatives);
            tokens = [token];
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _model.Dispose();
        base.Dispose(disposing);
    }

    private float[] Next(long[] tokens, GptCache cache)
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        Tensor logits = _model.Continue(Tensor.From(tokens, 1, tokens.Length).To(_device), cache);   // [1, T, V]
        return logits.Select(1, tokens.Length - 1).AtLeastFloat32().To(Device.Cpu).Contiguous().ToArray<float>();
    }

    private static TextPiece Piece(float[] logits, int token, int? alternatives)
    {
        if (alternatives is not { } count)
            return new TextPiece(BytesOf(token), null, []);
        double[] chances = TokenChoice.LogProbabilities(logits);
        TokenChance[] best =
        [
            .. Enumerable.Range(0, chances.Length).OrderByDescending(t => chances[t]).Take(count)
                .Select(t => new TokenChance(BytesOf(t), chances[t])),
        ];
        return new TextPiece(BytesOf(token), chances[token], best);
    }

    private static byte[] BytesOf(int token) => token == 0 ? [] : [(byte)(token - 1)];
}
