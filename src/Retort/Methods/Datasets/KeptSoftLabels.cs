using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;

namespace Retort.Methods.Datasets;

/// <summary>The student matches a soft label of which only the largest probabilities were kept with the sample.</summary>
/// <remarks>
/// <para><b>Paper.</b> Shen and Xing, "A Fast Knowledge Distillation Framework for Visual Recognition", ECCV 2022,
/// arXiv:2112.01528, section 3.2.</para>
/// <para><b>Equation.</b> −Σ_c q_c log softmax(z)_c, mean over the batch. q has the k kept probabilities at their classes, and
/// elsewhere what they leave of 1, spread evenly (<c>spread</c>); or nothing, the kept ones divided by their sum
/// (<c>renormalize</c>); or only the first is used and the others share the rest (<c>first</c>).</para>
/// <para><b>Needs.</b> Data of a stage with <c>labels_from</c> and <c>label_top_k</c>: each sample then has 2k numbers instead of
/// one for each class. No teacher.</para>
/// </remarks>
[Method("fkd-soft-labels", Title = "FKD soft labels", Family = MethodFamily.Dataset, Year = 2022, Paper = "arXiv:2112.01528",
    Recipe = "methods/inversion.yaml")]
[RecipeExample(
    IsAlone = true, Before = "select: { name: kept, per_class: 2, by: random, labels_from: teacher, label_top_k: 5 }",
    Stage = "train_on: kept")]
public sealed class KeptSoftLabels(KeptSoftLabelsOptions options) : Criterion(options)
{
    /// <summary>What a batch calls the kept probabilities: [N, 2, k], class ids above probabilities, largest first.</summary>
    public const string Field = "kept_labels";

    private readonly KeptSoftLabelsOptions _options = options;

    /// <inheritdoc/>
    public override bool NeedsTeacher => false;

    /// <inheritdoc/>
    public override void Attach(Attachment attachment)
    {
        ArgumentNullException.ThrowIfNull(attachment);
        if (!attachment.Samples.Fields.Any(f => f.Name == Field))
        {
            throw new ArgumentException(
                "the samples have no kept probabilities; data of a stage with `labels_from:` and `label_top_k:` has.",
                nameof(attachment));
        }
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        return Loss(signals.Student.Logits, signals.Batch[Field], _options.Rest);
    }

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student logits, [N, K], any floating dtype. Gradients flow here.</param>
    /// <param name="kept">[N, 2, k]. No gradient flows here.</param>
    /// <param name="rest">What classes that were not kept get.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor student, Tensor kept, KeptRest rest = KeptRest.Spread)
    {
        Shapes.RequireDimensions(student, 2);
        Shapes.RequireSameBatch(student, kept);
        using var scope = new TensorScope();
        Tensor target = Recover(kept, student.Size(1), rest);
        return scope.Keep(-(target * student.AtLeastFloat32().LogSoftmax(1)).Sum([1]).Mean());
    }

    /// <summary>The whole distributions that kept probabilities stand for.</summary>
    /// <param name="kept">[N, 2, k]: class ids, then their probabilities.</param>
    /// <param name="classes">K, at least k; above it where something is spread.</param>
    /// <param name="rest">What classes that were not kept get.</param>
    /// <returns>[N, K], rows that sum to 1, float32 or wider.</returns>
    /// <exception cref="ShapeException">It is not [N, 2, k] with k from 1 to K.</exception>
    public static Tensor Recover(Tensor kept, long classes, KeptRest rest)
    {
        Shapes.RequireDimensions(kept, 3);
        if (kept.Size(1) != 2 || kept.Size(2) < 1 || kept.Size(2) > classes)
            throw new ShapeException($"'kept' {Shapes.Text(kept)} must be [N, 2, k] with k from 1 to {classes} classes.");
        using var scope = new TensorScope();
        Tensor wide = kept.Detach().AtLeastFloat32();
        if (rest == KeptRest.First)
            wide = wide.Narrow(2, 0, 1);
        Tensor ids = wide.Select(1, 0).To(DType.Int64), found = wide.Select(1, 1);
        Tensor sum = found.Sum([1], keepDim: true);
        if (rest == KeptRest.Renormalize)
            found /= sum;
        Tensor others = rest == KeptRest.Renormalize ? sum * 0 : (1 - sum) / Math.Max(1, classes - ids.Size(1));
        return scope.Keep(others.Expand([kept.Size(0), classes]).Contiguous().Scatter(1, ids, found));
    }

    [Golden("fkd-soft-labels")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor stored = vector["stored"];
        int classes = vector.Integer("classes");
        var found = new GoldenOutputs
        {
            ["loss"] = Loss(vector["student_logits"], stored),
            ["recovered_marginal_renorm"] = Recover(stored, classes, KeptRest.Renormalize),
            ["recovered_smoothing"] = Recover(stored, classes, KeptRest.First),
        };
        found[FormattableString.Invariant($"recovered_marginal_smoothing_k{stored.Size(2)}")] =
            Recover(stored, classes, KeptRest.Spread);
        return found;
    }
}

/// <summary>What a recipe may write under <c>fkd-soft-labels:</c>.</summary>
public sealed record KeptSoftLabelsOptions : CriterionOptions
{
    /// <summary>What classes that were not kept get.</summary>
    public KeptRest Rest { get; init; }
}

/// <summary>What the classes get whose probabilities were not kept.</summary>
public enum KeptRest
{
    /// <summary>Equal shares of what the kept ones leave of 1.</summary>
    Spread,

    /// <summary>Nothing; the kept ones are divided by their sum.</summary>
    Renormalize,

    /// <summary>Equal shares of what the first one leaves; the other kept ones are forgotten.</summary>
    First,
}
