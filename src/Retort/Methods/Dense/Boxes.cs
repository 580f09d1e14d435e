using System.Runtime.CompilerServices;
using Retort.Torch;

namespace Retort.Methods.Dense;

/// <summary>Geometry of boxes [M, 4], rows x0, y0, x1, y1. None opens a scope: the loss that calls them does.</summary>
internal static class Boxes
{
    /// <summary>Requires rows of four numbers.</summary>
    /// <exception cref="ShapeException">The tensor is no [M, 4].</exception>
    public static void Require(Tensor boxes, [CallerArgumentExpression(nameof(boxes))] string name = "boxes")
    {
        Shapes.RequireDimensions(boxes, 2, name);
        if (boxes.Size(1) != 4)
            throw new ShapeException($"'{name}' {Shapes.Text(boxes)} must have four columns: x0, y0, x1, y1.");
    }

    /// <summary>Area of each box, [M]; <paramref name="extra"/> is added to both sides.</summary>
    public static Tensor Area(Tensor boxes, double extra = 0) =>
        (Column(boxes, 2) - Column(boxes, 0) + extra) * (Column(boxes, 3) - Column(boxes, 1) + extra);

    /// <summary>The area that each box of the first has in common with each of the second, [M, G].</summary>
    public static Tensor Overlap(Tensor first, Tensor second, double extra = 0)
    {
        Tensor width = Side(first, second, 0, extra), height = Side(first, second, 1, extra);
        return width * height;
    }

    /// <summary>Intersection over union of each box of the first with each of the second, [M, G].</summary>
    public static Tensor Iou(Tensor first, Tensor second, double extra = 0)
    {
        Tensor overlap = Overlap(first, second, extra);
        Tensor union = Area(first, extra).Unsqueeze(1) + Area(second, extra).Unsqueeze(0) - overlap;
        return overlap / union.ClampMin(1e-6);
    }

    /// <summary>Intersection over union of each box with the one of the same row, [M].</summary>
    public static Tensor PairedIou(Tensor first, Tensor second)
    {
        Tensor Common(int axis) => (Column(first, axis + 2).Minimum(Column(second, axis + 2))
            - Column(first, axis).Maximum(Column(second, axis))).ClampMin(0);
        Tensor overlap = Common(0) * Common(1);
        return overlap / (Area(first) + Area(second) - overlap).ClampMin(1e-6);
    }

    /// <summary>The squared distance of centres, [M, G].</summary>
    public static Tensor CentreDistance(Tensor first, Tensor second)
    {
        Tensor Apart(int axis) => (Middle(first, axis).Unsqueeze(1) - Middle(second, axis).Unsqueeze(0)).Square();
        return Apart(0) + Apart(1);
    }

    /// <summary>The squared diagonal of the smallest box around both, [M, G].</summary>
    public static Tensor EnclosingDiagonal(Tensor first, Tensor second)
    {
        Tensor Span(int axis) => Column(first, axis + 2).Unsqueeze(1).Maximum(Column(second, axis + 2).Unsqueeze(0))
            - Column(first, axis).Unsqueeze(1).Minimum(Column(second, axis).Unsqueeze(0));
        return Span(0).Square() + Span(1).Square();
    }

    /// <summary>One coordinate of every box, [M].</summary>
    public static Tensor Column(Tensor boxes, int column) => boxes.Select(1, column);

    private static Tensor Middle(Tensor boxes, int axis) => (Column(boxes, axis) + Column(boxes, axis + 2)) / 2;

    private static Tensor Side(Tensor first, Tensor second, int axis, double extra) =>
        (Column(first, axis + 2).Unsqueeze(1).Minimum(Column(second, axis + 2).Unsqueeze(0))
            - Column(first, axis).Unsqueeze(1).Maximum(Column(second, axis).Unsqueeze(0)) + extra).ClampMin(0);
}
