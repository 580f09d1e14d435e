using System.ComponentModel.DataAnnotations;
using Retort.Data;
using Retort.Golden;
using Retort.Synthesis;
using Retort.Torch;
using Retort.Torch.Optim;

namespace Retort.Methods.Datasets;

/// <summary>Trajectory matching on the part of the training that suits the size of the set, with soft labels
/// that move too.</summary>
/// <remarks>
/// <para><b>Paper.</b> Guo et al., "Towards Lossless Dataset Distillation via Difficulty-Aligned Trajectory Matching", ICLR 2024,
/// arXiv:2310.05773, sections 3.2 to 3.4.</para>
/// <para><b>Equation.</b> The loss of <c>mtt</c> with −Σ_c softmax(l)_c log softmax(z)_c as the inner loss, l logits of labels
/// that are learned. Starts are drawn from <c>first_start</c> up to a bound that grows from <c>first_bound</c> to
/// <c>last_start</c> over <c>expand_for</c> of the steps. A step moves something only where its loss is at most
/// the threshold.</para>
/// <para><b>Needs.</b> What <c>mtt</c> needs; early starts for few samples, late ones for many. Labels begin as the logits that
/// the last weights of the experts give the samples; those that they take for another class begin as the one-hot label at
/// that scale.</para>
/// </remarks>
[Method("datm", Title = "Difficulty-aligned trajectory matching", Family = MethodFamily.Dataset, Year = 2024,
    Paper = "arXiv:2310.05773", Recipe = "methods/trajectories.yaml")]
public sealed class DifficultyAlignedMatching(DifficultyAlignedMatchingOptions options) : TrajectoryMatching(options)
{
    private readonly DifficultyAlignedMatchingOptions _options = options;
    private Tensor? _labels;

    /// <inheritdoc/>
    protected override IEnumerable<ParameterGroup> Labels()
    {
        if (_options.FirstStart > _options.FirstBound || _options.FirstBound > _options.LastStart)
        {
            throw new ArgumentException(
                $"starts go from {_options.FirstStart} to a bound of {_options.FirstBound} that grows to {_options.LastStart}; "
                + "these must not fall.");
        }

        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        Tensor logits = Setup.Trajectories
            .Select(t => Setup.Network!.Logits(t[t.Count - 1], Setup.Images))
            .Aggregate((a, b) => a + b) / Setup.Trajectories.Count;
        Tensor hard = Setup.Labels.OneHot(Setup.Classes).To(logits.DType) * logits.Amax([1], keepDim: true).Abs();
        Tensor right = logits.Argmax(1).Eq(Setup.Labels).Unsqueeze(1);
        _labels = Ops.Where(right, logits, hard).Contiguous().Persist().SetRequiresGrad();
        return [new ParameterGroup([_labels], learningRate: _options.LabelLr, name: "labels")];
    }

    /// <inheritdoc/>
    protected override Tensor InnerLoss(Tensor logits, Tensor places) =>
        SoftCrossEntropy(logits, _labels!.IndexSelect(0, places));

    /// <inheritdoc/>
    protected override int StartOf(long step, RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(random);
        double progress = Math.Min(1, (double)step / Math.Max(1, Setup.Steps * _options.ExpandFor));
        int bound = _options.FirstBound + (int)((_options.LastStart - _options.FirstBound) * progress);
        return _options.FirstStart + random.NextInt(bound - _options.FirstStart + 1);
    }

    /// <inheritdoc/>
    protected override bool Counts(double loss) => loss <= _options.Threshold;

    /// <inheritdoc/>
    public override SyntheticSet Result() => base.Result() with { Targets = _labels!.Detach().Softmax(1) };

    /// <summary>−Σ_c softmax(l)_c log softmax(z)_c, mean over the batch.</summary>
    /// <param name="logits">z, [B, K], any floating dtype. Gradients flow here.</param>
    /// <param name="labels">l, [B, K]. Gradients flow here too.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ, or are no [B, K].</exception>
    public static Tensor SoftCrossEntropy(Tensor logits, Tensor labels)
    {
        Shapes.RequireDimensions(logits, 2);
        Shapes.RequireSame(logits, labels);
        using var scope = new TensorScope();
        return scope.Keep(-(labels.AtLeastFloat32().Softmax(1) * logits.AtLeastFloat32().LogSoftmax(1)).Sum([1]).Mean());
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _labels?.Dispose();
        base.Dispose(disposing);
    }

    [Golden("datm")]
    private static GoldenOutputs Golden(GoldenInputs vector) =>
        MatchOn(vector, logits => SoftCrossEntropy(logits, vector["label_logits"]));

    [Golden("datm-soft-ce")]
    private static GoldenOutputs SoftLabels(GoldenInputs vector) =>
        SoftCrossEntropy(vector["student_logits"], vector["label_logits"]);
}

/// <summary>What a recipe may write under <c>datm:</c>.</summary>
public sealed record DifficultyAlignedMatchingOptions : TrajectoryMatchingOptions
{
    /// <summary>The first epoch of an expert from which a student starts.</summary>
    [Range(0, 10_000)]
    public int FirstStart { get; init; }

    /// <summary>The last such epoch at the first step.</summary>
    [Range(0, 10_000)]
    public int FirstBound { get; init; }

    /// <summary>Share of the steps over which the bound grows to <c>last_start</c>.</summary>
    [Range(0, 1)]
    public double ExpandFor { get; init; } = 0.1;

    /// <summary>The learning rate of the labels' logits; 2 to 10 in the paper.</summary>
    [Range(0, 1e6)]
    public double LabelLr { get; init; } = 2;

    /// <summary>The largest loss of a step that moves anything.</summary>
    [Range(0, 1e6, MinimumIsExclusive = true)]
    public double Threshold { get; init; } = 1;
}
