using System.Globalization;
using Retort.Models.Vision;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Models.Text;

/// <summary>A decoder-only transformer: each position gives a distribution over the next token.</summary>
/// <remarks>
/// <para>Radford et al., "Language Models are Unsupervised Multitask Learners", 2019 (GPT-2): normalisation before attention and
/// MLP, learned positions, GELU by tanh, initial values of deviation 0.02, less by √(2·depth) where a block adds
/// to its input.</para>
/// <para>int64 [N, T] with T at most the context → logits [N, T, vocabulary].</para>
/// <para>Parameters carry GPT-2's names: <c>wte</c>, <c>wpe</c>, <c>h.0.ln_1</c>, <c>h.0.attn.c_attn</c>, <c>h.0.attn.c_proj</c>,
/// <c>h.0.ln_2</c>, <c>h.0.mlp.c_fc</c>, <c>h.0.mlp.c_proj</c>, …, <c>ln_f</c>, <c>lm_head</c>. Weights of linear layers are
/// [out, in]. <c>lm_head</c> is a layer of its own and not <c>wte</c> once more, so that it can be tapped and replaced.</para>
/// </remarks>
public sealed class Gpt : Module, IHasFeatures, ICausalModel
{
    private readonly Module _tokens;
    private readonly Module _positions;
    private readonly Module _drop;
    private readonly Module _blocks;
    private readonly Module _norm;
    private readonly Module _head;

    internal Gpt(GptOptions options)
    {
        (Context, Vocabulary) = (options.Context, options.Vocabulary);
        var tokens = new Embedding(options.Vocabulary, options.Width);
        var positions = new Embedding(options.Context, options.Width);
        GptBlock[] blocks = [.. Enumerable.Range(0, options.Depth).Select(_ => new GptBlock(options))];
        _tokens = Child("wte", tokens);
        _positions = Child("wpe", positions);
        _drop = Child("drop", new Dropout(options.DropRate));
        _blocks = Child("h", new Sequential(blocks));
        _norm = Child("ln_f", new LayerNorm(options.Width));
        _head = Child("lm_head", new Linear(options.Width, options.Vocabulary, bias: false));
        Stages = [.. Enumerable.Range(0, options.Depth).Select(block => $"h.{block}")];

        Init.Normal(tokens.Weight, std: 0.02);
        Init.Normal(positions.Weight, std: 0.02);
        Initialization.LinearsNormal(this, std: 0.02);
        foreach (Linear last in blocks.SelectMany(b => b.Residuals))
            Init.Normal(last.Weight, std: 0.02 / Math.Sqrt(2.0 * options.Depth));
    }

    /// <inheritdoc/>
    public int Context { get; }

    /// <inheritdoc/>
    public int Vocabulary { get; }

    /// <inheritdoc/>
    public string LastFeature => "ln_f";

    /// <inheritdoc/>
    public IReadOnlyList<string> Stages { get; }

    /// <inheritdoc/>
    public string Head => "lm_head";

    /// <inheritdoc/>
    public ITokenReader Reader() => new CachedReader(this);

    /// <summary>Reads further tokens after those that a cache holds, and appends them to it.</summary>
    /// <param name="tokens">int64 [N, T]: the tokens that follow.</param>
    /// <param name="cache">What was read before; empty at the beginning.</param>
    /// <returns>Logits of the new positions, [N, T, vocabulary]: those that a call on all the tokens gives there.</returns>
    /// <exception cref="ShapeException">The tokens do not fit into the context, or the batch is another.</exception>
    /// <exception cref="InvalidOperationException">A block was replaced by a module that cannot read from a cache.</exception>
    public Tensor Continue(Tensor tokens, GptCache cache)
    {
        ArgumentNullException.ThrowIfNull(cache);
        Tensor x = Embed(tokens, cache.Length);
        IReadOnlyList<KeyValueCache> layers = cache.Layers(_blocks.Children.Count);
        for (int k = 0; k < layers.Count; k++)
        {
            x = _blocks.Children[k].Value is GptBlock block
                ? block.Continue(x, layers[k])
                : throw new InvalidOperationException(
                    $"the block 'h.{k}' is no GPT block any more, and cannot read from a cache.");
        }
        return _head.Call(_norm.Call(x));
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) => _head.Call(_norm.Call(_blocks.Call(Embed(input, before: 0))));

    private Tensor Embed(Tensor tokens, long before)
    {
        Shapes.RequireDimensions(tokens, 2);
        long length = tokens.Size(1);
        if (length < 1 || before + length > Context)
        {
            throw new ShapeException(string.Create(
                CultureInfo.InvariantCulture,
                $"'tokens' {Shapes.Text(tokens)} after {before} tokens must fit into the context of {Context}: "
                + $"[N, T], T at least 1."));
        }
        Tensor places = Tensor.Arange(before, before + length).To(tokens.Device);      // [T]
        return _drop.Call(_tokens.Call(tokens) + _positions.Call(places));             // [N, T, width]
    }

    private sealed class CachedReader(Gpt model) : ITokenReader
    {
        private readonly GptCache _cache = new();

        public long Length => _cache.Length;

        public Tensor Read(Tensor tokens) => model.Continue(tokens, _cache);

        public void Truncate(long length) => _cache.Truncate(length);

        public void Dispose() => _cache.Dispose();
    }
}

/// <summary>What a recipe may give a GPT.</summary>
public sealed record GptOptions : ModelOptions
{
    /// <summary>Tokens that there are. The default is that of bytes: 256 and the padding.</summary>
    public int Vocabulary { get; init; } = 257;

    /// <summary>Tokens that it sees at most.</summary>
    public int Context { get; init; } = 256;

    /// <summary>Width of a token.</summary>
    public int Width { get; init; } = 128;

    /// <summary>Number of blocks.</summary>
    public int Depth { get; init; } = 4;

    /// <summary>Heads of each attention; divides the width.</summary>
    public int Heads { get; init; } = 4;

    /// <summary>Probability of a zero after embeddings, attention weights and each block's two additions,
    /// while training.</summary>
    public double DropRate { get; init; }

    /// <summary>The options that a name of the catalogue stands for.</summary>
    [Model("gpt")]
    public static GptOptions Named(string name) => new();

    /// <inheritdoc/>
    protected override void Validate()
    {
        RequireNoImages();
        RequireAtLeast(Vocabulary, 1, nameof(Vocabulary));
        RequireAtLeast(Context, 1, nameof(Context));
        RequireDivides(Heads, Width, nameof(Heads), nameof(Width));
        RequireAtLeast(Depth, 1, nameof(Depth));
        RequireRate(DropRate, nameof(DropRate));
    }

    /// <inheritdoc/>
    protected override Module Create() => new Gpt(this);
}
