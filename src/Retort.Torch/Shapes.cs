using System.Runtime.CompilerServices;

namespace Retort.Torch;

/// <summary>Checks of shapes whose messages name the arguments and say what was found.</summary>
public static class Shapes
{
    /// <summary>A shape as text: <c>[3, 2]</c>.</summary>
    public static string Text(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return $"[{string.Join(", ", tensor.Shape)}]";
    }

    /// <summary>Requires a batch of something: at least that many dimensions.</summary>
    /// <exception cref="ShapeException">There are fewer.</exception>
    public static void RequireBatched(
        Tensor tensor, int atLeast = 2, [CallerArgumentExpression(nameof(tensor))] string name = "tensor")
    {
        ArgumentNullException.ThrowIfNull(tensor, name);
        if (tensor.Dimensions < atLeast)
        {
            throw new ShapeException(
                $"'{name}' {Text(tensor)} must have at least {atLeast} dimensions, the first of them the batch.");
        }
    }

    /// <summary>Requires exactly that many dimensions.</summary>
    /// <exception cref="ShapeException">There are more or fewer.</exception>
    public static void RequireDimensions(
        Tensor tensor, int dimensions, [CallerArgumentExpression(nameof(tensor))] string name = "tensor")
    {
        ArgumentNullException.ThrowIfNull(tensor, name);
        if (tensor.Dimensions != dimensions)
            throw new ShapeException($"'{name}' {Text(tensor)} must have {dimensions} dimensions.");
    }

    /// <summary>Requires equal sizes of dimension 0.</summary>
    /// <exception cref="ShapeException">They differ.</exception>
    public static void RequireSameBatch(
        Tensor first, Tensor second,
        [CallerArgumentExpression(nameof(first))] string firstName = "first",
        [CallerArgumentExpression(nameof(second))] string secondName = "second")
    {
        ArgumentNullException.ThrowIfNull(first, firstName);
        ArgumentNullException.ThrowIfNull(second, secondName);
        if (first.Size(0) != second.Size(0))
        {
            throw new ShapeException(
                $"'{firstName}' {Text(first)} and '{secondName}' {Text(second)} must have the same batch size (dimension 0).");
        }
    }

    /// <summary>Requires equal shapes.</summary>
    /// <exception cref="ShapeException">They differ.</exception>
    public static void RequireSame(
        Tensor first, Tensor second,
        [CallerArgumentExpression(nameof(first))] string firstName = "first",
        [CallerArgumentExpression(nameof(second))] string secondName = "second")
    {
        ArgumentNullException.ThrowIfNull(first, firstName);
        ArgumentNullException.ThrowIfNull(second, secondName);
        if (!first.Shape.AsSpan().SequenceEqual(second.Shape))
            throw new ShapeException($"'{firstName}' {Text(first)} and '{secondName}' {Text(second)} must have the same shape.");
    }

    /// <summary>Requires logits [N, K] and integer labels [N].</summary>
    /// <exception cref="ShapeException">A shape differs from that.</exception>
    public static void RequireLabelled(
        Tensor logits, Tensor labels,
        [CallerArgumentExpression(nameof(logits))] string logitsName = "logits",
        [CallerArgumentExpression(nameof(labels))] string labelsName = "labels")
    {
        RequireDimensions(logits, 2, logitsName);
        RequireDimensions(labels, 1, labelsName);
        RequireSameBatch(logits, labels, logitsName, labelsName);
    }
}
