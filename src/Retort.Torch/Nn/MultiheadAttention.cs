namespace Retort.Torch.Nn;

/// <summary>Softmax(q·kᵀ/√d)·v in several heads, with projections before and after.</summary>
/// <remarks>
/// <para>Vaswani et al., arXiv:1706.03762, section 3.2. Batch first: [N, T, width] → [N, T, width]. A call attends to its own
/// input; <see cref="Attend"/> takes keys and values from elsewhere.</para>
/// <para>Parameters carry PyTorch's names: <c>in_proj_weight</c> [3·width, width] (or <c>q_proj_weight</c>,
/// <c>k_proj_weight</c>, <c>v_proj_weight</c> where key or value have other widths), <c>in_proj_bias</c>,
/// <c>out_proj.weight</c>, <c>out_proj.bias</c>.</para>
/// <para>The weights [N, heads, T, S] can be tapped at <c>attn_drop</c>.</para>
/// </remarks>
public sealed class MultiheadAttention : Module
{
    private readonly long _heads;
    private readonly long _headWidth;
    private readonly Parameter? _inProjection;
    private readonly Parameter? _queryProjection;
    private readonly Parameter? _keyProjection;
    private readonly Parameter? _valueProjection;
    private readonly Parameter? _inBias;
    private readonly Module _outProjection;
    private readonly Module _dropout;

    /// <summary>Creates the layer with PyTorch's initial values.</summary>
    /// <param name="width">Width of queries and outputs; the heads divide it.</param>
    /// <param name="heads">Number of heads.</param>
    /// <param name="dropout">Probability that an attention weight is zeroed while training.</param>
    /// <param name="bias">Whether the projections have biases.</param>
    /// <param name="keyWidth">Width of keys where it differs.</param>
    /// <param name="valueWidth">Width of values where it differs.</param>
    /// <exception cref="ArgumentException">A size is out of range, or heads does not divide width.</exception>
    public MultiheadAttention(
        long width, long heads, double dropout = 0, bool bias = true, long? keyWidth = null, long? valueWidth = null)
    {
        Width = Check.AtLeastOne(width);
        _heads = Check.AtLeastOne(heads);
        Check.Divides(heads, width, nameof(heads), nameof(width));
        _headWidth = width / heads;
        long forKeys = Check.AtLeastOne(keyWidth ?? width, nameof(keyWidth));
        long forValues = Check.AtLeastOne(valueWidth ?? width, nameof(valueWidth));

        // PyTorch draws the output projection first and the input projections after it.
        var output = new Linear(width, width, bias);
        if (forKeys == width && forValues == width)
        {
            _inProjection = Parameter("in_proj_weight", Init.XavierUniform(Empty(3 * width, width)));
        }
        else
        {
            _queryProjection = Parameter("q_proj_weight", Init.XavierUniform(Empty(width, width)));
            _keyProjection = Parameter("k_proj_weight", Init.XavierUniform(Empty(width, forKeys)));
            _valueProjection = Parameter("v_proj_weight", Init.XavierUniform(Empty(width, forValues)));
        }
        if (bias)
        {
            _inBias = Parameter("in_proj_bias", Tensor.Zeros(3 * width));
            Init.Constant(output.Bias!, 0);
        }
        _outProjection = Child("out_proj", output);
        _dropout = Child("attn_drop", new Dropout(dropout));
    }

    /// <summary>Width of queries and outputs.</summary>
    public long Width { get; }

    /// <summary>Number of heads.</summary>
    public long Heads => _heads;

    /// <summary>Attends from queries to keys and values.</summary>
    /// <param name="query">[N, T, width].</param>
    /// <param name="key">[N, S, key width]; the query itself when null.</param>
    /// <param name="value">[N, S, value width]; the key when null.</param>
    /// <param name="options">Masks and cache.</param>
    /// <returns>[N, T, width]. A query whose every key is masked gives NaN.</returns>
    public Tensor Attend(Tensor query, Tensor? key = null, Tensor? value = null, AttentionOptions? options = null)
    {
        options ??= AttentionOptions.None;
        (Tensor q, Tensor k, Tensor v) = Project(query, key ?? query, value ?? key ?? query);
        (q, k, v) = (Split(q), Split(k), Split(v));                      // [N, heads, T or S, head width]
        if (options.Cache is KeyValueCache cache)
            (k, v) = cache.Append(k, v);
        Tensor scores = (q / Math.Sqrt(_headWidth)).MatMul(k.Transpose(-2, -1));   // [N, heads, T, S]
        if (Allowed(options, q, k) is Tensor allowed)
            scores = scores.MaskedFill(allowed.LogicalNot(), double.NegativeInfinity);
        Tensor weights = _dropout.Call(scores.Softmax(-1));
        return _outProjection.Call(weights.MatMul(v).Transpose(1, 2).Flatten(2));  // [N, T, width]
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) => Attend(input);

    private static Tensor Empty(long rows, long columns) => Tensor.Empty(DType.Float32, rows, columns);

    private (Tensor Query, Tensor Key, Tensor Value) Project(Tensor query, Tensor key, Tensor value)
    {
        if (_inProjection is not null && ReferenceEquals(query, key) && ReferenceEquals(key, value))
        {
            Tensor[] all = Ops.Linear(query, _inProjection, _inBias?.Value).Chunk(3, -1);
            return (all[0], all[1], all[2]);
        }
        Tensor[]? bias = _inBias?.Value.Chunk(3);
        Tensor[] weight = _inProjection is null
            ? [_queryProjection!.Value, _keyProjection!.Value, _valueProjection!.Value]
            : _inProjection.Value.Chunk(3);
        return (
            Ops.Linear(query, weight[0], bias?[0]), Ops.Linear(key, weight[1], bias?[1]), Ops.Linear(value, weight[2], bias?[2]));
    }

    // The batch is the -1, so that a traced graph accepts any.
    private Tensor Split(Tensor x) => x.Reshape([-1, x.Size(1), _heads, _headWidth]).Transpose(1, 2);

    private static Tensor? Allowed(AttentionOptions options, Tensor query, Tensor key)
    {
        Tensor? allowed = options.Mask;
        if (options.Causal)
        {
            long positions = query.Size(2), held = key.Size(2);
            Tensor below = query.NewOnes([positions, held], DType.Bool).Tril(held - positions);
            allowed = allowed is null ? below : allowed.LogicalAnd(below);
        }
        if (options.KeyMask is Tensor keys)
        {
            Tensor wide = keys.Unsqueeze(1).Unsqueeze(1);                 // [N, 1, 1, S]
            allowed = allowed is null ? wide : allowed.LogicalAnd(wide);
        }
        return allowed;
    }
}

/// <summary>What an attention may see. In every mask, true counts (PyTorch's module has the opposite).</summary>
public sealed record AttentionOptions
{
    /// <summary>Everything is seen and nothing is kept.</summary>
    public static readonly AttentionOptions None = new();

    /// <summary>Whether a position sees only itself and earlier ones; the last query is the newest position.</summary>
    public bool Causal { get; init; }

    /// <summary>bool [T, S], [N, 1, T, S] or [N, heads, T, S]: which key each query may see.</summary>
    public Tensor? Mask { get; init; }

    /// <summary>bool [N, S]: which keys are real rather than padding.</summary>
    public Tensor? KeyMask { get; init; }

    /// <summary>Where keys and values of earlier positions are kept, or null.</summary>
    public KeyValueCache? Cache { get; init; }
}
