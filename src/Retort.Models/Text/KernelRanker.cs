using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Models.Text;

/// <summary>Ranks passages by how many of their words match each word of the query, exactly and nearly.</summary>
/// <remarks>
/// <para>After Xiong et al., "End-to-End Neural Ad-hoc Ranking with Kernel Pooling", SIGIR 2017, arXiv:1706.06613: cosines of all
/// word pairs, counted softly in bins (Gaussian kernels). Here a query's words have learned weights, counts go through log(1 + x)
/// and a small network instead of one linear layer.</para>
/// <para>int64 [N, 1 + P, T], row 0 the query, the others passages, 0 for padding → scores [N, P]. It looks at query and passage
/// together, so nothing can be computed before there is a query.</para>
/// <para>Parameters: <c>embedding.weight</c> [vocabulary, width], <c>importance.weight</c> [vocabulary, 1],
/// <c>hidden.weight</c> [hidden, kernels], <c>score.weight</c> [1, hidden] and their biases.</para>
/// </remarks>
public sealed class KernelRanker : Module, IHasFeatures
{
    private const double SmallestNorm = 1e-6;

    // Where the bins lie and how wide they are; the first takes equal words alone.
    private static readonly (double Mean, double Deviation)[] Kernels =
        [(1, 0.001), (0.75, 0.15), (0.5, 0.15), (0.25, 0.15), (0, 0.15)];

    private readonly Module _embedding;
    private readonly Module _importance;
    private readonly Module _hidden;
    private readonly Module _score;
    private readonly int _queryLength;

    internal KernelRanker(KernelRankerOptions options)
    {
        _queryLength = options.QueryLength;
        var importance = new Embedding(options.Vocabulary, 1);
        Init.Constant(importance.Weight, 0);
        _embedding = Child("embedding", new Embedding(options.Vocabulary, options.Width, paddingIndex: 0));
        _importance = Child("importance", importance);
        _hidden = Child("hidden", new Linear(Kernels.Length, options.Hidden));
        _score = Child("score", new Linear(options.Hidden, 1));
    }

    /// <inheritdoc/>
    public string LastFeature => "hidden";

    /// <inheritdoc/>
    public IReadOnlyList<string> Stages => ["embedding", "hidden"];

    /// <inheritdoc/>
    public string Head => "score";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input)
    {
        Shapes.RequireDimensions(input, 3);
        Tensor query = input.Narrow(1, 0, 1).Narrow(2, 0, Math.Min(_queryLength, input.Size(2)));     // [N, 1, Q]
        Tensor passages = input.Narrow(1, 1, input.Size(1) - 1);                                      // [N, P, T]
        Tensor cosines = Unit(query).MatMul(Unit(passages).Transpose(-2, -1));                        // [N, P, Q, T]
        Tensor counts = passages.Ne(0).To(DType.Float32).Unsqueeze(2);                                // [N, P, 1, T]
        Tensor weights = (_importance.Call(query).Exp() * query.Ne(0).To(DType.Float32).Unsqueeze(-1)).Squeeze(-1);   // [N, 1, Q]
        Tensor[] bins = Array.ConvertAll(Kernels, kernel =>
        {
            Tensor far = (cosines - kernel.Mean).Square() * (-0.5 / (kernel.Deviation * kernel.Deviation));
            return ((far.Exp() * counts).Sum(-1).Log1p() * weights).Sum(-1);                          // [N, P]
        });
        return _score.Call(_hidden.Call(Ops.Stack(bins, -1)).Tanh()).Squeeze(-1);
    }

    private Tensor Unit(Tensor words)
    {
        Tensor vectors = _embedding.Call(words);
        return vectors / vectors.Square().Sum(-1, keepDim: true).Sqrt().ClampMin(SmallestNorm);
    }
}

/// <summary>What a recipe may give a kernel ranker.</summary>
public sealed record KernelRankerOptions : ModelOptions
{
    /// <summary>Words that there are, padding included.</summary>
    public int Vocabulary { get; init; } = 8192;

    /// <summary>Width of a word's vector.</summary>
    public int Width { get; init; } = 32;

    /// <summary>Words of a query that it looks at.</summary>
    public int QueryLength { get; init; } = 24;

    /// <summary>Width of the network that makes one score of the bins.</summary>
    public int Hidden { get; init; } = 16;

    /// <summary>The options that a name of the catalogue stands for.</summary>
    [Model("kernel-ranker")]
    public static KernelRankerOptions Named(string name) => new();

    /// <inheritdoc/>
    protected override void Validate()
    {
        RequireNoImages();
        RequireAtLeast(Vocabulary, 2, nameof(Vocabulary));
        RequireAtLeast(Width, 1, nameof(Width));
        RequireAtLeast(QueryLength, 1, nameof(QueryLength));
        RequireAtLeast(Hidden, 1, nameof(Hidden));
    }

    /// <inheritdoc/>
    protected override Module Create() => new KernelRanker(this);
}
