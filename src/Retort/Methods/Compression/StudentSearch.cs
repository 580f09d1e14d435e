using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Methods.Relations;
using Retort.Models;
using Retort.Search;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Methods.Compression;

/// <summary>A student is promising whose untrained network relates samples and classes as an untrained teacher does.</summary>
/// <remarks>
/// <para><b>Paper.</b> Dong, Li and Wei, "DisWOT: Student Architecture Search for Distillation WithOut Training", CVPR 2023,
/// arXiv:2303.15678.</para>
/// <para><b>Equation.</b> Both networks get weights from N(0, 1), biases 0, and see one batch of N samples in training mode.
/// M_s = ‖R(F_teacher) − R(F_student)‖²_F / N², F the last feature maps flattened and R(F) = F Fᵀ with rows of unit length.
/// M_r compares the gradients G [K, C] of the cross-entropy with respect to the classifier's weights: ‖R(G_teacher) −
/// R(G_student)‖²_F / K² (<c>relation: classes</c>). The score is −(M_s + M_r), the mean over <c>draws</c> of the weights; the
/// higher, the better.</para>
/// <para><b>Needs.</b> Pictures or other samples with classes, and models that say where their last stage and their linear head
/// are.</para>
/// <para><b>Variants.</b> The released code relates channels instead of classes in M_r: Σ_k ‖E_k,teacher − E_k,student‖²_F / (K
/// C), E_k the product of class k's gradient with itself, [C, C], rows of unit length (<c>relation: channels</c>); both
/// networks then need features of one width, which candidates of several widths do not have. Its ranking script hands single
/// tensors to losses that take lists, and so compares the channels of the first picture alone.</para>
/// </remarks>
[Method("diswot", Title = "Search without training (DisWOT)", Family = MethodFamily.Compression, Year = 2023,
    Paper = "arXiv:2303.15678", Recipe = "methods/diswot.yaml")]
public sealed record StudentSearch : ArchitectureScoreOptions
{
    /// <summary>The role of the teacher; only its architecture counts.</summary>
    public required string Teacher { get; init; }

    /// <summary>How often both networks are drawn; one score is noisy.</summary>
    [Range(1, 10_000)]
    public int Draws { get; init; } = 5;

    /// <summary>What M_s counts.</summary>
    [Range(0, double.MaxValue)]
    public double SampleWeight { get; init; } = 1;

    /// <summary>What M_r counts.</summary>
    [Range(0, double.MaxValue)]
    public double ClassWeight { get; init; } = 1;

    /// <summary>What M_r compares.</summary>
    public GradientRelation Relation { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<(string Property, string Role)> Roles => [(nameof(Teacher), Teacher)];

    /// <inheritdoc/>
    public override double Of(ArchitectureTrial trial)
    {
        ArgumentNullException.ThrowIfNull(trial);
        double sum = 0;
        for (int draw = 0; draw < Draws; draw++)
        {
            using var scope = new TensorScope();
            using Module student = trial.Draw(draw);
            (Tensor feature, Tensor gradient) = Look("student", student, trial);
            using Module teacher = trial.Draw(Teacher, draw);
            (Tensor other, Tensor otherGradient) = Look(Teacher, teacher, trial);
            sum -= SampleWeight * SampleRelation(feature, other).ToDouble();
            sum -= ClassWeight * ClassRelation(gradient, otherGradient, Relation).ToDouble();
        }

        return sum / Draws;
    }

    /// <summary>M_s, how differently two networks relate the samples of a batch.</summary>
    /// <param name="student">Feature, [N, …]. Gradients flow here.</param>
    /// <param name="teacher">Feature, [N, …]; its other sizes may differ.</param>
    /// <returns>A scalar, 0 to 4 / N.</returns>
    /// <exception cref="ShapeException">The batch sizes differ, or a feature has one dimension.</exception>
    public static Tensor SampleRelation(Tensor student, Tensor teacher) => SimilarityPreserving.Loss(student, teacher);

    /// <summary>M_r, how differently two networks relate the classes.</summary>
    /// <param name="student">The gradient of the classifier's weights, [K, C]. Gradients flow here.</param>
    /// <param name="teacher">The same, [K, C′].</param>
    /// <param name="relation">What is compared.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ShapeException">The shapes do not fit; of channels, C and C′ differ.</exception>
    public static Tensor ClassRelation(Tensor student, Tensor teacher, GradientRelation relation = GradientRelation.Classes)
    {
        Shapes.RequireDimensions(student, 2);
        Shapes.RequireDimensions(teacher, 2);
        return relation == GradientRelation.Channels
            ? ArchitectureAffinity.Loss(student, teacher)
            : SimilarityPreserving.Loss(student, teacher);
    }

    [Golden("diswot")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor samples = SampleRelation(vector["student_feature"], vector["teacher_feature"]);
        Tensor channels = ClassRelation(vector["student_fc_grad"], vector["teacher_fc_grad"], GradientRelation.Channels);
        return new GoldenOutputs
        {
            ["sample_relation"] = samples,
            ["channel_relation"] = channels,
            ["score"] = (samples + channels).Neg(),
            ["loss"] = samples + channels,
        };
    }

    private static (Tensor Feature, Tensor Gradient) Look(string name, Module model, ArchitectureTrial trial)
    {
        if (model is not IHasFeatures { Head: var head } || model.TryFind(head) is not Linear classifier)
            throw new ArgumentException($"'{name}' ({model.GetType().Name}) has no linear classifier that it declares.");
        foreach ((string _, Module module) in model.NamedModules())
            Redraw(module);
        model.Train();
        using var taps = new TapSession(new Role(name, model), [TapPath.LastStage]);
        RoleSignals signals = taps.Run(trial.Batch.Input);
        Tensor loss = signals.Logits.CrossEntropyLoss(trial.Batch.Labels);
        return (signals.Tap(TapPath.LastStage).Detach(), Autograd.Grad(loss, [classifier.Weight.Value])[0]);
    }

    private static void Redraw(Module module)
    {
        (Parameter? weight, Parameter? bias) = module switch
        {
            Linear linear => (linear.Weight, linear.Bias),
            Convolution convolution => (convolution.Weight, convolution.Bias),
            _ => ((Parameter?)null, (Parameter?)null),
        };
        if (weight is not null)
            Init.Normal(weight.Value);
        if (bias is not null)
            Init.Constant(bias.Value, 0);
    }
}
