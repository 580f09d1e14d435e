using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Models.Text;

/// <summary>Classifies a text by the mean of vectors of its byte n-grams: the smallest reader worth distilling into.</summary>
/// <remarks>
/// <para>Joulin, Grave, Bojanowski and Mikolov, "Bag of Tricks for Efficient Text Classification", EACL 2017, arXiv:1607.01759,
/// with the n-grams of bytes and not of words.</para>
/// <para>int64 [N, T], bytes plus one with 0 for padding → [N, classes]. n-grams are hashed to a number of buckets; different
/// ones that share a bucket share its vector. Where a text ends is no n-gram; one that is shorter than all n is the zero
/// vector.</para>
/// <para>Parameters: <c>embedding.weight</c> [buckets, width], uniform within 1 / width, and <c>fc.*</c>.</para>
/// </remarks>
public sealed class NgramClassifier : Module, IHasFeatures
{
    // Above every token, so that different n-grams have different numbers before they are hashed.
    private const long Base = 257;

    private readonly Module _embedding;
    private readonly Module _pooled;
    private readonly Module _fc;
    private readonly NgramClassifierOptions _options;

    internal NgramClassifier(NgramClassifierOptions options)
    {
        _options = options;
        var embedding = new Embedding(options.Buckets, options.Width);
        Init.Uniform(embedding.Weight, -1.0 / options.Width, 1.0 / options.Width);
        _embedding = Child("embedding", embedding);
        _pooled = Child("pooled", new Identity());
        _fc = Child("fc", new Linear(options.Width, options.Classes));
    }

    /// <inheritdoc/>
    public string LastFeature => "pooled";

    /// <inheritdoc/>
    public IReadOnlyList<string> Stages { get; } = ["pooled"];

    /// <inheritdoc/>
    public string Head => "fc";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input)
    {
        Shapes.RequireDimensions(input, 2);
        var hashes = new List<Tensor>();
        var counts = new List<Tensor>();
        foreach (int n in _options.Orders)
        {
            long places = input.Size(1) - n + 1;
            if (places < 1)
                continue;
            Tensor number = input.Narrow(1, 0, places);
            for (int k = 1; k < n; k++)
                number = number.Mul(Base).Add(input.Narrow(1, k, places));
            hashes.Add(number.Add((long)n).Remainder((long)_options.Buckets));
            counts.Add(input.Narrow(1, n - 1, places).Ne(0).To(DType.Float32));
        }

        if (hashes.Count == 0)
            throw new ShapeException($"'input' {Shapes.Text(input)} is shorter than every n-gram.");
        Tensor mask = Ops.Cat([.. counts], 1).Unsqueeze(1);                                       // [N, 1, P]
        Tensor sum = mask.MatMul(_embedding.Call(Ops.Cat([.. hashes], 1))).Squeeze(1);            // [N, width]
        return _fc.Call(_pooled.Call(sum / mask.Sum(2).ClampMin(1)));
    }
}

/// <summary>What a recipe may give an n-gram classifier.</summary>
public sealed record NgramClassifierOptions : ModelOptions
{
    // 257⁷ is the last power that leaves room in 63 bits.
    private const int LongestOrder = 7;

    /// <summary>Which n, each from 1 to 7.</summary>
    public IReadOnlyList<int> Orders { get; init; } = [3, 4, 5];

    /// <summary>Numbers that n-grams are hashed to; a prime spreads them best.</summary>
    public int Buckets { get; init; } = 8191;

    /// <summary>Width of an n-gram's vector.</summary>
    public int Width { get; init; } = 32;

    /// <summary>The options that a name of the catalogue stands for.</summary>
    [Model("ngram-classifier")]
    public static NgramClassifierOptions Named(string name) => new();

    /// <inheritdoc/>
    protected override void Validate()
    {
        RequireAtLeast(Buckets, 2, nameof(Buckets));
        RequireAtLeast(Width, 1, nameof(Width));
        RequireCount(Orders, Math.Max(1, Orders?.Count ?? 0), nameof(Orders));
        RequireWithin(Orders!.Max(), LongestOrder, nameof(Orders));
    }

    /// <inheritdoc/>
    protected override Module Create() => new NgramClassifier(this);
}
