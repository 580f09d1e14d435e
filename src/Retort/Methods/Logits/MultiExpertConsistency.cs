using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Recipes.Schedules;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Logits;

/// <summary>Experts biased by other powers of the class prior learn from labels, each taught by its own view of the easier
/// picture.</summary>
/// <remarks>
/// <para><b>Paper.</b> Zhao et al., "MDCS: More Diverse Experts with Consistency Self-distillation for Long-tailed
/// Recognition", ICCV 2023, arXiv:2308.09922.</para>
/// <para><b>Equation.</b> With z′_e = z_e + log(n^λ_e + 1e-9), n the class counts: the sum over experts of the cross-entropy of
/// all rows and of κ τ² KL(softmax(z′_weak / τ) ‖ softmax(z′_strong / τ)), mean over the samples whose weak view is classified
/// rightly; the weak side is a constant. Counts are not scaled to sum 1: that would shift all logits alike.</para>
/// <para><b>Needs.</b> Each expert's logits, [N, E, K]: <c>model: experts</c>. Labels [N], and a second, harder view of each
/// sample (<c>data: { views: { strong: […] } }</c>); the batch's own is the weak one. Classes are counted over the training
/// samples. The whole objective, without a teacher; what is deployed is the experts' mean, without the prior.</para>
/// <para><b>Variants.</b> The authors' experts have a last block and a cosine classifier of their own each; ours share all but
/// the classifier. The views run one after the other, so batch-norm sees them apart. Their κ rises over 20 of 400
/// epochs.</para>
/// </remarks>
[Method("mdcs", Title = "Diverse experts with consistency (MDCS)", Family = MethodFamily.Mutual,
    Year = 2023, Paper = "arXiv:2308.09922")]
[RecipeExample(
    Student = "{ model: experts, backbone: { model: small-cnn, in_channels: 1, classes: 36 } }",
    Stage = "data: { dataset: glyphs, train: 72, test: 36, batch_size: 8, views: { strong: [rand-augment] } }", IsAlone = true)]
public sealed class MultiExpertConsistency(MultiExpertConsistencyOptions options) : Criterion(options)
{
    private readonly MultiExpertConsistencyOptions _options = options;
    private double[] _counts = [];

    /// <inheritdoc/>
    public override bool IsTask => true;

    /// <inheritdoc/>
    public override IEnumerable<InputRequest> Inputs =>
        [new InputRequest(_options.View, batch => batch[_options.View], Teacher: false)];

    /// <inheritdoc/>
    public override void Attach(Attachment attachment)
    {
        ArgumentNullException.ThrowIfNull(attachment);
        _counts = new double[attachment.Samples.ClassNames.Count];
        foreach (long label in attachment.Samples.Labels.Where(l => l >= 0))
            _counts[label]++;
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        Tensor weak = signals.Student.Tap(_options.StudentTap);
        Tensor strong = signals.Student.On(_options.View).Tap(_options.StudentTap);
        Shapes.RequireDimensions(weak, 3);
        return Loss(
            Ops.Cat([weak, strong], 0).Transpose(0, 1), Ops.Cat([signals.Labels, signals.Labels], 0),
            Tensor.From(_counts).To(weak.Device), _options.Powers, _options.Consistency.At(signals.Clock), _options.Temperature);
    }

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="experts">[E, 2N, K]: rows 0 to N − 1 are the weakly augmented views, the rest the strongly augmented
    /// ones.</param>
    /// <param name="labels">Integer classes of all rows, [2N].</param>
    /// <param name="classCounts">How many training samples each class has, [K].</param>
    /// <param name="powers">λ, one for each expert; −0.5, 1 and 2.5 in the paper.</param>
    /// <param name="consistency">κ; 0.6, raised linearly over the first 20 epochs.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(
        Tensor experts, Tensor labels, Tensor classCounts, IReadOnlyList<double> powers,
        double consistency = 0.6, double temperature = 1)
    {
        ArgumentNullException.ThrowIfNull(powers);
        Shapes.RequireDimensions(experts, 3);
        Shapes.RequireDimensions(labels, 1);
        Shapes.RequireDimensions(classCounts, 1);
        RequirePositive(temperature);
        if (experts.Size(1) != labels.Size(0) || experts.Size(1) % 2 != 0)
        {
            throw new ShapeException(
                $"'experts' {Shapes.Text(experts)} and 'labels' {Shapes.Text(labels)} must have the same even number of rows.");
        }

        if (experts.Size(2) != classCounts.Size(0) || experts.Size(0) != powers.Count)
        {
            throw new ShapeException($"'experts' {Shapes.Text(experts)} does not fit {powers.Count} powers and "
                + $"'classCounts' {Shapes.Text(classCounts)}.");
        }

        using var scope = new TensorScope();
        long samples = experts.Size(1) / 2;
        Tensor truth = labels.Narrow(0, 0, samples);
        Tensor? total = null;
        for (int k = 0; k < powers.Count; k++)
        {
            Tensor logits = experts[k].AtLeastFloat32();
            Tensor shifted = logits + (classCounts.To(logits.DType).Pow(powers[k]) + 1e-9).Log();
            Tensor weak = shifted.Narrow(0, 0, samples).Detach(), strong = shifted.Narrow(0, samples, samples);
            Tensor kept = weak.Argmax(1).Eq(truth).To(logits.DType);
            Tensor divergence = KlDivergence(weak / temperature, strong / temperature, dim: 1);

            // Where no sample is kept the sum is 0, and the divisor must not be.
            Tensor term = shifted.CrossEntropyLoss(labels)
                + (divergence * kept).Sum() / kept.Sum().ClampMin(1) * (consistency * temperature * temperature);
            total = total is null ? term : total + term;
        }

        return scope.Keep(total!);
    }

    [Golden("mdcs")]
    private static GoldenOutputs Golden(GoldenInputs vector) => Loss(
        vector["expert_logits"], vector.Labels("target_doubled"), Tensor.From(vector.Numbers("class_counts")),
        vector.Numbers("prior_powers"),
        vector.Number("kd_weight") * Math.Min(1, vector.Number("epoch") / vector.Number("warmup")), vector.Number("T"));
}

/// <summary>What a recipe may write under <c>mdcs:</c>. Defaults are those of the authors' code for an imbalance of
/// 100.</summary>
public sealed record MultiExpertConsistencyOptions : CriterionOptions
{
    /// <summary>The student's module that gives each expert's logits, [N, E, K].</summary>
    public TapPath StudentTap { get; init; } = "experts";

    /// <summary>The data's view that is the harder one.</summary>
    [MinLength(1)]
    public string View { get; init; } = "strong";

    /// <summary>λ, one for each expert: below 0 leans towards frequent classes, above 0 towards rare ones.</summary>
    [MinLength(1)]
    public IReadOnlyList<double> Powers { get; init; } = [-0.5, 1, 2.5];

    /// <summary>κ; 0.6, which the authors reach by a straight line over the first twentieth of the training.</summary>
    [Range(0, double.MaxValue)]
    public Schedule Consistency { get; init; } =
        new LinearSchedule { From = 0, To = 0.6, For = new Duration(5, DurationUnit.Percent) };

    /// <summary>τ.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    public double Temperature { get; init; } = 1;
}
