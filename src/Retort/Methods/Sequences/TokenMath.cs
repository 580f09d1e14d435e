using Retort.Torch;

namespace Retort.Methods.Sequences;

/// <summary>What losses on token distributions share: [N, T, V] logits, and a mask [N, T] of the positions that count.</summary>
internal static class TokenMath
{
    /// <summary>Labels with this value count for nothing.</summary>
    public const long IgnoreIndex = -100;

    /// <summary>Which positions have a label: [N, T], true where they count.</summary>
    public static Tensor MaskOf(Tensor labels) => labels.Ne(IgnoreIndex);

    /// <summary>The mean of a value of each position over those that count; 0 where none does.</summary>
    public static Tensor MeanOver(this Tensor values, Tensor mask)
    {
        Tensor counts = mask.To(values.DType);
        return (values * counts).Sum() / counts.Sum().ClampMin(1);
    }

    /// <summary>Requires logits [N, T, V] of both roles and a mask [N, T].</summary>
    /// <exception cref="ShapeException">A shape differs from that.</exception>
    public static void RequireTokens(Tensor student, Tensor teacher, Tensor mask)
    {
        Shapes.RequireDimensions(student, 3);
        Shapes.RequireSame(student, teacher);
        RequireMask(student, mask);
    }

    /// <summary>Requires [N, T, …] and a mask [N, T].</summary>
    /// <exception cref="ShapeException">A shape differs from that.</exception>
    public static void RequireMask(Tensor student, Tensor mask)
    {
        Shapes.RequireDimensions(mask, 2);
        if (student.Size(0) != mask.Size(0) || student.Size(1) != mask.Size(1))
        {
            throw new ShapeException(
                $"'student' {Shapes.Text(student)} and 'mask' {Shapes.Text(mask)} must have the same batch and positions.");
        }
    }

    /// <summary>−Σ p log m at each position. Where m is 0 the term is dropped: 0 · −∞ would be NaN.</summary>
    public static Tensor CrossEntropy(Tensor probabilities, Tensor logOther)
    {
        Tensor product = probabilities * logOther;
        return -product.MaskedFill(logOther.Isinf(), 0).Sum(-1);
    }

    /// <summary>Σ p (log p − log m) at each position. Where either is 0 the term is dropped.</summary>
    public static Tensor Divergence(Tensor logFirst, Tensor logSecond)
    {
        Tensor difference = (logFirst - logSecond).MaskedFill(logFirst.Isinf().LogicalOr(logSecond.Isinf()), 0);
        return (logFirst.Exp() * difference).Sum(-1);
    }

    /// <summary>log((1 − w) a + w b) from log a and log b, w strictly between 0 and 1; no underflow where V is large.</summary>
    public static Tensor LogMixture(Tensor logFirst, Tensor logSecond, double weightOfSecond) =>
        (logFirst + Math.Log(1 - weightOfSecond)).Logaddexp(logSecond + Math.Log(weightOfSecond));
}
