using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Retort.Distillation;
using Retort.Methods.Logits;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Methods.Features;

/// <summary>Heads on the shallow stages learn from the deepest one while all are trained together.</summary>
/// <remarks>
/// <para><b>Paper.</b> Zhang et al., "Be Your Own Teacher: Improve the Performance of Convolutional Neural Networks via Self
/// Distillation", ICCV 2019, arXiv:1905.08094.</para>
/// <para><b>Equation.</b> Σ over the shallow heads i of (1 − α) CE(z_i, y) + α τ² KL(softmax(z / τ) ‖ softmax(z_i / τ)) + λ
/// ‖F_i −
/// F‖² / N; z and F, the deepest logits and feature, are constants. The deepest head's own cross-entropy is not part of
/// it.</para>
/// <para><b>Needs.</b> Maps of shallow stages and the last feature [N, D] of the student, and labels [N]; no teacher. Each
/// shallow
/// head (3×3 convolutions of stride 2 until the map is at most 4 wide, then 1×1 to D, each with batch-norm and ReLU; a mean over
/// positions gives F_i; a linear layer) trains with the student and is thrown away. Beside a cross-entropy of weight 1.</para>
/// <para><b>Variants.</b> Published bottlenecks differ by architecture; α, λ and τ differ between the paper and its code.</para>
/// </remarks>
[Method("byot", Title = "Be your own teacher", Family = MethodFamily.Mutual, Year = 2019, Paper = "arXiv:1905.08094")]
public sealed class BeYourOwnTeacher(BeYourOwnTeacherOptions options) : Criterion(options)
{
    private const long SmallEnough = 4;
    private readonly BeYourOwnTeacherOptions _options = options;
    private readonly List<(Sequential Bottleneck, Linear Head)> _heads = [];

    /// <inheritdoc/>
    public override bool NeedsTeacher => false;

    /// <inheritdoc/>
    public override void Prepare(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        long width = signals.Student.Tap(_options.StudentTap).Pooled().Size(1), classes = signals.Student.Logits.Size(1);
        for (int k = 0; k < _options.StudentTaps.Count; k++)
        {
            Tensor map = signals.Student.Tap(_options.StudentTaps[k]);
            Shapes.RequireDimensions(map, 4);
            string number = k.ToString(CultureInfo.InvariantCulture);
            _heads.Add((Own("bottleneck" + number, Bottleneck(map, width)), Own("head" + number, new Linear(width, classes))));
        }
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        Tensor deepest = signals.Student.Logits, feature = signals.Student.Tap(_options.StudentTap).Pooled();
        double temperature = _options.Temperature.At(signals.Clock);
        Tensor? total = null;
        for (int k = 0; k < _heads.Count; k++)
        {
            Tensor own = _heads[k].Bottleneck.Call(signals.Student.Tap(_options.StudentTaps[k])).Mean([2, 3]);
            Tensor term = HeadLoss(_heads[k].Head.Call(own), deepest, signals.Labels, _options.Alpha, temperature)
                + _options.Lambda * FeatureLoss(own, feature);
            total = total is null ? term : total + term;
        }

        return total!;
    }

    /// <summary>What one shallow head learns from labels and the deepest head.</summary>
    /// <param name="student">The shallow head's logits, [N, K], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">The deepest logits, [N, K]. No gradient flows here.</param>
    /// <param name="labels">Integer classes, [N].</param>
    /// <param name="alpha">α, the share of the deepest head.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor HeadLoss(Tensor student, Tensor teacher, Tensor labels, double alpha = 0.1, double temperature = 3)
    {
        LossMath.RequireLogits(student, teacher, labels);
        using var scope = new TensorScope();
        return scope.Keep(CrossEntropy.Loss(student, labels) * (1 - alpha)
            + KnowledgeDistillation.Loss(student, teacher, temperature) * alpha);
    }

    /// <summary>‖F_i − F‖² / N, summed over features.</summary>
    /// <param name="student">The shallow feature, [N, D]. Gradients flow here.</param>
    /// <param name="teacher">The deepest feature, [N, D]. No gradient flows here.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ, or are no [N, D].</exception>
    public static Tensor FeatureLoss(Tensor student, Tensor teacher)
    {
        LossMath.RequireLogits(student, teacher);
        using var scope = new TensorScope();
        return scope.Keep((student.AtLeastFloat32() - teacher.AsTarget()).Square().Sum() / student.Size(0));
    }

    private static Sequential Bottleneck(Tensor map, long width)
    {
        var layers = new Sequential();
        long channels = map.Size(1);
        for (long side = map.Size(3); side > SmallEnough; side = (side + 1) / 2)
        {
            layers.Add(new Conv2d(channels, channels, 3, stride: 2, padding: 1, bias: false));
            layers.Add(new BatchNorm2d(channels));
            layers.Add(new Relu());
        }

        layers.Add(new Conv2d(channels, width, 1, bias: false));
        layers.Add(new BatchNorm2d(width));
        layers.Add(new Relu());
        return layers;
    }
}

/// <summary>What a recipe may write under <c>byot:</c>. Defaults are those of the authors' code.</summary>
public sealed record BeYourOwnTeacherOptions : CriterionOptions
{
    /// <summary>Module paths of the student's shallow stages, which get heads.</summary>
    [MinLength(1)]
    public IReadOnlyList<TapPath> StudentTaps { get; init; } = [TapPath.LastStage];

    /// <summary>Module path of the student's deepest feature.</summary>
    public TapPath StudentTap { get; init; } = TapPath.LastFeature;

    /// <summary>α, the share of the deepest head in what a shallow one learns.</summary>
    [Range(0, 1)]
    public double Alpha { get; init; } = 0.1;

    /// <summary>λ, the weight of features.</summary>
    [Range(0, double.MaxValue)]
    public double Lambda { get; init; } = 1e-6;

    /// <summary>τ.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    public Schedule Temperature { get; init; } = 3;
}
