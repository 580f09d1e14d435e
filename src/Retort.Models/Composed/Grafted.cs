using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Models.Composed;

/// <summary>One network up to its last stage, then a projector, then a linear classifier like another network's.</summary>
/// <remarks>
/// <para>Chen et al., "Knowledge Distillation with the Reused Teacher Classifier", CVPR 2022, arXiv:2203.14001, figure 2: what
/// is deployed when a student classifies with its teacher's own last layer.</para>
/// <para>[N, C, H, W] → [N, classes]. Parameters: <c>backbone.*</c> under the network's own names, <c>projector.*</c>
/// (<see cref="Projector"/>), <c>head.*</c>, which a train stage's <c>head_from</c> fills with the teacher's.</para>
/// </remarks>
public sealed class Grafted : Module, IHasFeatures
{
    private readonly Module _backbone;
    private readonly Module _projector;
    private readonly Module _pool;
    private readonly Module _flatten;
    private readonly Module _head;
    private readonly int? _side;

    internal Grafted(GraftedOptions options)
    {
        Module whole = options.Backbone!.Build();
        IHasFeatures features = whole as IHasFeatures
            ?? throw new ArgumentException($"backbone: {whole.GetType().Name} does not say where its stages are.");
        string last = options.Until ?? features.Stages[^1];
        long channels = options.Channels ?? HeadOf(whole, "backbone").InFeatures;
        _backbone = Child("backbone", new Assembled(whole, Assembled.Until(whole, last)));
        using Module donor = options.Donor!.Build();
        Linear classifier = HeadOf(donor, "donor");
        _projector = Child("projector", Projector(channels, classifier.InFeatures, options.Reduction));
        _pool = Child("avgpool", new AdaptiveAvgPool2d(1));
        _flatten = Child("flatten", new Flatten());
        _head = Child("head", new Linear(classifier.InFeatures, classifier.OutFeatures, classifier.Bias is not null));
        _side = options.Side;
        Stages = [.. features.Stages.Where(s => _backbone.TryFind(s) is not null).Select(s => $"backbone.{s}"), "projector"];
    }

    /// <inheritdoc/>
    public string LastFeature => "flatten";

    /// <inheritdoc/>
    public IReadOnlyList<string> Stages { get; }

    /// <inheritdoc/>
    public string Head => "head";

    /// <summary>1×1, 3×3 and 1×1 convolutions without bias, each with batch-norm and ReLU; [N, C, H, W] → [N, C′, H,
    /// W].</summary>
    /// <param name="inChannels">The backbone's channels.</param>
    /// <param name="outChannels">The classifier's.</param>
    /// <param name="reduction">By what the classifier's channels are divided in the middle.</param>
    public static Sequential Projector(long inChannels, long outChannels, long reduction = 2)
    {
        long middle = Math.Max(1, outChannels / reduction);
        return new Sequential(
            new Conv2d(inChannels, middle, 1, bias: false), new BatchNorm2d(middle), new Relu(),
            new Conv2d(middle, middle, 3, padding: 1, bias: false), new BatchNorm2d(middle), new Relu(),
            new Conv2d(middle, outChannels, 1, bias: false), new BatchNorm2d(outChannels), new Relu());
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input)
    {
        Tensor map = _backbone.Call(input);
        if (_side is { } side && (map.Size(2) > side || map.Size(3) > side))
            map = map.AdaptiveAvgPool2d([Math.Min(side, map.Size(2)), Math.Min(side, map.Size(3))]);
        return _head.Call(_flatten.Call(_pool.Call(_projector.Call(map))));
    }

    internal static Linear HeadOf(Module model, string name) =>
        (model as IHasFeatures)?.Head is { } path && model.TryFind(path) is Linear head
        ? head
        : throw new ArgumentException($"{name}: {model.GetType().Name} does not say which linear layer gives its logits.");
}

/// <summary>What a recipe may give a network that classifies with another's last layer.</summary>
public sealed record GraftedOptions : ModelOptions
{
    /// <summary>The network whose stages are used; it must be a chain of modules.</summary>
    public ModelOptions? Backbone { get; init; }

    /// <summary>The network whose classifier is the model for this one's: the teacher's.</summary>
    public ModelOptions? Donor { get; init; }

    /// <summary>The backbone's module that comes last. The default is its last stage.</summary>
    public string? Until { get; init; }

    /// <summary>Channels of the backbone's map. The default is as many as its own classifier reads.</summary>
    public int? Channels { get; init; }

    /// <summary>By what the classifier's channels are divided inside the projector.</summary>
    public int Reduction { get; init; } = 2;

    /// <summary>Height and width of the teacher's map: a larger map of the backbone is averaged to it before the projector. The
    /// default leaves it.</summary>
    public int? Side { get; init; }

    /// <summary>The options that a name of the catalogue stands for.</summary>
    [Model("grafted", IsComposed = true)]
    public static GraftedOptions Named(string name) => new();

    /// <inheritdoc/>
    protected override void Validate()
    {
        RequireUnused("backbone");
        if (Backbone is null)
            throw new ArgumentException("backbone: a grafted model needs the model whose stages it uses.");
        if (Donor is null)
            throw new ArgumentException("donor: a grafted model needs the model whose classifier it has.");
        RequireAtLeast(Reduction, 1, nameof(Reduction));
        RequireAtLeast(Channels ?? 1, 1, nameof(Channels));
        RequireAtLeast(Side ?? 1, 1, nameof(Side));
    }

    /// <inheritdoc/>
    protected override Module Create() => new Grafted(this);
}
