using System.Runtime.CompilerServices;
using Retort.Torch;

namespace Retort.Methods;

/// <summary>Formulas that several losses share. None opens a scope: the loss that calls them does.</summary>
internal static class LossMath
{
    /// <summary>Below this a vector counts as zero: dividing by the floor keeps it zero, where its norm would make it
    /// NaN.</summary>
    public const double SmallestNorm = 1e-12;

    /// <summary>Detached, in float32 or wider: how a loss reads its teacher.</summary>
    public static Tensor AsTarget(this Tensor teacher) => teacher.Detach().AtLeastFloat32();

    /// <summary>Vectors along a dimension scaled to unit L2 norm; zero vectors stay zero.</summary>
    public static Tensor UnitLength(this Tensor vectors, long dim, double floor = SmallestNorm) =>
        vectors / vectors.Norm(p: 2, dim: dim, keepDim: true).ClampMin(floor);

    /// <summary>Σ p (log p − log q) along a dimension, p and q the softmaxes of the target's and the other logits.</summary>
    public static Tensor KlDivergence(Tensor target, Tensor logits, long dim)
    {
        Tensor logTarget = target.LogSoftmax(dim);
        return (logTarget.Exp() * (logTarget - logits.LogSoftmax(dim))).Sum(dim);
    }

    /// <summary>−Σ p log q along a dimension: the divergence plus the entropy of the target.</summary>
    public static Tensor SoftCrossEntropy(Tensor target, Tensor logits, long dim) =>
        -(target.Softmax(dim) * logits.LogSoftmax(dim)).Sum(dim);

    /// <summary>Pearson's correlation along a dimension, its denominator raised by 1e-8.</summary>
    public static Tensor Correlation(Tensor first, Tensor second, long dim)
    {
        Tensor a = first - first.Mean(dim, keepDim: true), b = second - second.Mean(dim, keepDim: true);
        return (a * b).Sum(dim) / (a.Norm(p: 2, dim: dim) * b.Norm(p: 2, dim: dim) + 1e-8);
    }

    /// <summary>Each row's value at its label: [N, K] → [N].</summary>
    public static Tensor AtLabel(this Tensor rows, Tensor labels) => rows.Gather(1, labels.Unsqueeze(1)).Squeeze(1);

    /// <summary>Each row without the column of its label: [N, K] → [N, K − 1].</summary>
    public static Tensor WithoutLabel(this Tensor rows, Tensor labels)
    {
        Tensor columns = Ops.Arange(0, rows.Size(1) - 1, 1, DType.Int64, rows.Device).Unsqueeze(0);
        Tensor skipped = columns.Ge(labels.Unsqueeze(1)).To(DType.Int64);
        return rows.Gather(1, columns + skipped);
    }

    /// <summary>A vector for each sample: the mean over the positions of [N, C, H, W] or [N, T, D]; [N, D] as it is.</summary>
    /// <exception cref="ShapeException">It has another number of dimensions.</exception>
    public static Tensor Pooled(this Tensor feature, [CallerArgumentExpression(nameof(feature))] string name = "feature") =>
        feature.Dimensions switch
        {
            2 => feature,
            3 => feature.Mean(1),
            4 => feature.Mean([2, 3]),
            _ => throw new ShapeException($"'{name}' {Shapes.Text(feature)} must be [N, D], [N, T, D] or [N, C, H, W]."),
        };

    /// <summary>Average-pools the larger of two maps to the smaller one's height and width: [N, C, H, W] each.</summary>
    public static (Tensor First, Tensor Second) PoolToSmaller(Tensor first, Tensor second)
    {
        long height = first.Size(2), width = first.Size(3), otherHeight = second.Size(2), otherWidth = second.Size(3);
        if (height == otherHeight && width == otherWidth)
            return (first, second);
        return height * width > otherHeight * otherWidth
            ? (first.AdaptiveAvgPool2d([otherHeight, otherWidth]), second)
            : (first, second.AdaptiveAvgPool2d([height, width]));
    }

    /// <summary>Requires a number above 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is 0, negative or NaN.</exception>
    public static double RequirePositive(double value, [CallerArgumentExpression(nameof(value))] string name = "value") =>
        value > 0 ? value : throw new ArgumentOutOfRangeException(name, value, $"the {name} must be above 0.");

    /// <summary>Requires class scores of both roles, [N, K] each, and integer labels [N].</summary>
    /// <exception cref="ShapeException">A shape differs from that.</exception>
    public static void RequireLogits(Tensor student, Tensor teacher, Tensor? labels = null)
    {
        Shapes.RequireDimensions(student, 2);
        Shapes.RequireSame(student, teacher);
        if (labels is not null)
            Shapes.RequireLabelled(student, labels, nameof(student));
    }

    /// <summary>Requires feature maps [N, C, H, W] of both roles with one batch size.</summary>
    /// <exception cref="ShapeException">A shape differs from that.</exception>
    public static void RequireMaps(
        Tensor student, Tensor teacher,
        [CallerArgumentExpression(nameof(student))] string studentName = "student",
        [CallerArgumentExpression(nameof(teacher))] string teacherName = "teacher")
    {
        Shapes.RequireDimensions(student, 4, studentName);
        Shapes.RequireDimensions(teacher, 4, teacherName);
        Shapes.RequireSameBatch(student, teacher, studentName, teacherName);
    }

    /// <summary>Requires a teacher's map from before its ReLU: what comes after one has no value below 0.</summary>
    /// <exception cref="ArgumentException">No value is below 0; the message names the tap.</exception>
    public static void RequireBeforeRelu(Tensor teacher, TapPath tap)
    {
        if (!teacher.Lt(0).Any().ToBoolean())
        {
            throw new ArgumentException(
                $"the teacher's tap '{tap}' has no value below 0, so it comes after a ReLU; name what goes into it, such as "
                + "layer3.1 where that is the batch-norm, or layer3.0.relu@input.");
        }
    }

    /// <summary>Requires features [N, …] of both roles with one batch size.</summary>
    /// <exception cref="ShapeException">A feature has fewer than two dimensions, or the batch sizes differ.</exception>
    public static void RequireFeatures(Tensor student, Tensor teacher)
    {
        Shapes.RequireBatched(student, atLeast: 2);
        Shapes.RequireBatched(teacher, atLeast: 2);
        Shapes.RequireSameBatch(student, teacher);
    }
}
