using Retort.Torch;

namespace Retort.Methods.Dense;

/// <summary>The places of a batch that are to find an object: those in the middle of its box, and the one nearest to
/// that.</summary>
/// <param name="Rows">The places, [P] int64, as rows of [N·M].</param>
/// <param name="Anchors">The anchor of each, [P, 4].</param>
/// <param name="Objects">What each is to find, [P, 5]: the box and the class.</param>
internal sealed record PositivePlaces(Tensor Rows, Tensor Anchors, Tensor Objects)
{
    // More than the area of any box, and not too much for float32.
    private const double Never = 1e30;

    /// <summary>P.</summary>
    public long Count => Rows.Size(0);

    /// <summary>Finds the places. It opens no scope: the loss that calls it does.</summary>
    /// <param name="map">The detector's map.</param>
    /// <param name="boxes">[N, G, 5]; a row whose corners are all 0 is no box.</param>
    /// <param name="counted">The pictures that have any, [N].</param>
    /// <param name="centre">Width and height of the middle of a box, as a share of the box's.</param>
    /// <exception cref="ShapeException">The boxes are not of this form, or not of these pictures.</exception>
    public static PositivePlaces Of(DetectorMap map, Tensor boxes, Tensor counted, double centre)
    {
        Shapes.RequireDimensions(boxes, 3);
        Shapes.RequireSameBatch(boxes, map.Scores, secondName: "scores");
        if (boxes.Size(2) != 5)
            throw new ShapeException($"'boxes' {Shapes.Text(boxes)} must hold x0, y0, x1, y1 and the class in dimension 2.");
        Tensor all = boxes.Detach().To(map.Anchors.DType).To(map.Anchors.Device);
        Tensor low = all.Narrow(2, 0, 2), high = all.Narrow(2, 2, 2), size = high - low;                  // [N, G, 2]
        Tensor places = (map.Anchors.Narrow(1, 0, 2) + map.Anchors.Narrow(1, 2, 2)) / 2;                  // [M, 2]
        Tensor away = (places.Unsqueeze(0).Unsqueeze(2) - ((low + high) / 2).Unsqueeze(1)).Abs();         // [N, M, G, 2]
        Tensor inside = away.Le((size * (centre / 2)).Unsqueeze(1)).All(3);
        Tensor distance = away.Square().Sum([3]);
        Tensor nearest = distance.Eq(distance.Amin([1], keepDim: true));
        Tensor isBox = AreBoxes(all).LogicalAnd(counted.To(all.Device).Unsqueeze(1));                     // [N, G]
        Tensor fits = inside.LogicalOr(nearest).LogicalAnd(isBox.Unsqueeze(1));                           // [N, M, G]
        Tensor area = (size.Select(2, 0) * size.Select(2, 1)).Unsqueeze(1);
        (Tensor smallest, Tensor owner) = Ops.Where(fits, area, Never).Min(2);                            // [N, M] each
        Tensor rows = smallest.Flatten().Lt(Never).Nonzero().Select(1, 0);
        Tensor picture = rows.FloorDivide(Tensor.FromScalar(map.Places).To(rows.Device));
        Tensor chosen = picture.Mul(boxes.Size(1)) + owner.Flatten().IndexSelect(0, rows);
        return new PositivePlaces(
            rows, map.Anchors.IndexSelect(0, rows.Remainder(map.Places)), all.Flatten(0, 1).IndexSelect(0, chosen));
    }

    /// <summary>Which rows are boxes, […, G], of […, G, 4 or more]: a row whose corners are all 0 is none.</summary>
    public static Tensor AreBoxes(Tensor rows) => rows.Narrow(-1, 0, 4).Abs().Sum([-1]).Gt(0);
}
