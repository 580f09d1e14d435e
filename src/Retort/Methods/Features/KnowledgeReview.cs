using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Distillation.Projectors;
using Retort.Golden;
using Retort.Torch;

namespace Retort.Methods.Features;

/// <summary>Each layer of the teacher teaches a fusion of the student's layer at that depth and all deeper ones.</summary>
/// <remarks>
/// <para><b>Paper.</b> Chen et al., "Distilling Knowledge via Knowledge Review", CVPR 2021, arXiv:2104.09044.</para>
/// <para><b>Equation.</b> From deep to shallow the student's map and what the deeper layer handed on are fused by attention
/// (<see cref="AttentionFusion"/>). Each fused map is compared with the teacher's by (MSE + Σ_j 2^{−j} MSE of both pooled to
/// l×l) /
/// (1 + Σ_j 2^{−j}), l = 4, 2, 1 as far as it is below the height, j = 1, 2, … counting those. Summed over the layers.</para>
/// <para><b>Needs.</b> Feature maps [N, C, H, W] of as many layers of each role, shallow to deep, the last of them perhaps the
/// pooled
/// feature [N, D].</para>
/// <para><b>Variants.</b> The paper's code multiplies the term by min(epoch / 20, 1): write the weight as a ramp for that.</para>
/// </remarks>
[Method("reviewkd", Title = "Knowledge review", Family = MethodFamily.Feature, Year = 2021, Paper = "arXiv:2104.09044")]
public sealed class KnowledgeReview(KnowledgeReviewOptions options) : Criterion(options)
{
    private readonly KnowledgeReviewOptions _options = options;
    private readonly List<AttentionFusion> _fusions = [];

    /// <inheritdoc/>
    public override void Prepare(Signals signals)
    {
        Tensor[] student = [.. _options.StudentFeatures(signals).Select(AsMap)];
        Tensor[] teacher = [.. _options.TeacherFeatures(signals).Select(AsMap)];
        long middle = Math.Min(_options.MaxMiddleChannels, student[^1].Size(1));
        for (int k = 0; k < student.Length; k++)
        {
            bool fuse = k < student.Length - 1;
            _fusions.Add(Own($"fusion{k}", new AttentionFusion(student[k].Size(1), middle, teacher[k].Size(1), fuse)));
        }
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        Tensor[] student = [.. _options.StudentFeatures(signals).Select(AsMap)];
        Tensor[] teacher = [.. _options.TeacherFeatures(signals).Select(AsMap)];
        Tensor? total = null, handedOn = null;
        for (int k = student.Length - 1; k >= 0; k--)
        {
            (Tensor output, handedOn) = _fusions[k].Fuse(student[k], handedOn, teacher[k].Size(2), teacher[k].Size(3));
            Tensor term = Loss(output, teacher[k]);
            total = total is null ? term : total + term;
        }

        return total!;
    }

    /// <summary>The loss of one pair of layers, as a function of tensors alone.</summary>
    /// <param name="student">The fused map, [N, C, H, W], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">The teacher's map, of the same shape. No gradient flows here.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ, or a map has not four dimensions.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher)
    {
        Shapes.RequireDimensions(student, 4);
        Shapes.RequireSame(student, teacher);
        using var scope = new TensorScope();
        Tensor found = student.AtLeastFloat32(), wanted = teacher.AsTarget();
        Tensor sum = found.MseLoss(wanted);
        double share = 1, total = 1;
        foreach (int size in (ReadOnlySpan<int>)[4, 2, 1])
        {
            // Only the height decides, as in the paper's code.
            if (size >= student.Size(2))
                continue;
            share /= 2;
            total += share;
            sum += found.AdaptiveAvgPool2d([size, size]).MseLoss(wanted.AdaptiveAvgPool2d([size, size])) * share;
        }

        return scope.Keep(sum / total);
    }

    private static Tensor AsMap(Tensor feature) => feature.Dimensions == 2 ? feature.Unsqueeze(2).Unsqueeze(3) : feature;

    [Golden("reviewkd")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor[] student = vector.Series("student_feat"), teacher = vector.Series("teacher_feat");
        Tensor loss = student.Zip(teacher).Select(pair => Loss(pair.First, pair.Second)).Aggregate((a, b) => a + b);
        var outputs = new GoldenOutputs { ["loss"] = loss };
        if (vector.Find("abf_x") is not { } x)
            return outputs;
        Tensor reduce = vector["param:abf.conv1.0.weight"], expand = vector["param:abf.conv2.0.weight"];
        using var fusion = new AttentionFusion(reduce.Size(1), reduce.Size(0), expand.Size(0), fuse: true);
        using IDisposable bound = vector.Bind(fusion, "param:abf.");
        (Tensor output, Tensor handedOn) = fusion.Fuse(x, vector["abf_residual"], x.Size(2), x.Size(3));
        outputs["abf_out"] = output.Narrow(1, 0, 2);
        outputs["abf_res"] = handedOn.Narrow(1, 0, 2);
        return outputs;
    }
}

/// <summary>What a recipe may write under <c>reviewkd:</c>. The weight is 0.6 to 8 by pair in the paper.</summary>
public sealed record KnowledgeReviewOptions() : StageTapOptions(weight: 1)
{
    /// <summary>The most channels that are handed from layer to layer; fewer where the deepest layer has fewer.</summary>
    [Range(1, 65536)]
    public int MaxMiddleChannels { get; init; } = 512;
}
