namespace Retort.Data.Sets;

/// <summary>BCCD: pictures of blood, with boxes around red cells, white cells and platelets.</summary>
/// <remarks>Shenggan, github.com/Shenggan/BCCD_Dataset. Files as <see cref="CocoSet"/> says: <c>coco/instances_train.json</c>,
/// <c>coco/instances_val.json</c> and <c>coco/instances_test.json</c>, whose names of pictures begin in the folder itself. Not
/// every cell has a box.</remarks>
[Dataset("bccd")]
public sealed record Bccd : CocoSet
{
    /// <inheritdoc/>
    public override string Annotations { get; init; } = "coco/instances_{split}.json";

    /// <inheritdoc/>
    public override string Pictures { get; init; } = string.Empty;

    /// <inheritdoc/>
    protected override string SetName => "bccd";

    /// <inheritdoc/>
    protected override (IReadOnlyList<double> Mean, IReadOnlyList<double> Deviation)? Usual =>
        ([0.74, 0.70, 0.71], [0.06, 0.10, 0.08]);
}
