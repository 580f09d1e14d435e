using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Models.Composed;

/// <summary>One network up to its last feature, and several linear classifiers on it whose logits are averaged.</summary>
/// <remarks>
/// <para>[N, …] → [N, classes]; the module <c>experts</c> gives each classifier's logits, [N, E, classes], for terms that teach
/// them apart.</para>
/// <para>Parameters: <c>backbone.*</c> under the network's own names, <c>experts.fc.*</c>: the classifiers one below the
/// other.</para>
/// </remarks>
public sealed class Experts : Module, IHasFeatures
{
    private readonly Module _backbone;
    private readonly Module _experts;

    internal Experts(ExpertsOptions options)
    {
        Module whole = options.Backbone!.Build();
        IHasFeatures features = whole as IHasFeatures
            ?? throw new ArgumentException($"backbone: {whole.GetType().Name} does not say where its features are.");
        Linear head = Grafted.HeadOf(whole, "backbone");
        (long width, long classes) = (head.InFeatures, head.OutFeatures);
        _backbone = Child("backbone", new Assembled(whole, Assembled.Until(whole, features.LastFeature)));
        _experts = Child("experts", new Classifiers(options.Count, width, classes));
        LastFeature = $"backbone.{features.LastFeature}";
        Stages = [.. features.Stages.Select(s => $"backbone.{s}")];
    }

    /// <inheritdoc/>
    public string LastFeature { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Stages { get; }

    /// <inheritdoc/>
    public string Head => "experts.fc";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) => _experts.Call(_backbone.Call(input)).Mean(1);

    private sealed class Classifiers : Module
    {
        private readonly Module _fc;
        private readonly long _count;

        public Classifiers(long count, long width, long classes)
        {
            _count = count;
            _fc = Child("fc", new Linear(width, count * classes));
        }

        protected override Tensor Forward(Tensor input)
        {
            Tensor logits = _fc.Call(input);
            return logits.Reshape([input.Size(0), _count, logits.Size(1) / _count]);   // [N, E, K]
        }
    }
}

/// <summary>What a recipe may give a network with several classifiers.</summary>
public sealed record ExpertsOptions : ModelOptions
{
    /// <summary>The network whose feature they read; it must be a chain of modules.</summary>
    public ModelOptions? Backbone { get; init; }

    /// <summary>How many classifiers.</summary>
    public int Count { get; init; } = 3;

    /// <summary>The options that a name of the catalogue stands for.</summary>
    [Model("experts", IsComposed = true)]
    public static ExpertsOptions Named(string name) => new();

    /// <inheritdoc/>
    protected override void Validate()
    {
        RequireUnused("backbone");
        if (Backbone is null)
            throw new ArgumentException("backbone: a model with experts needs the network whose feature they read.");
        RequireAtLeast(Count, 1, nameof(Count));
    }

    /// <inheritdoc/>
    protected override Module Create() => new Experts(this);
}
