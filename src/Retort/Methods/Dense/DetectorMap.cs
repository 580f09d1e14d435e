using System.Runtime.CompilerServices;
using Retort.Torch;

namespace Retort.Methods.Dense;

/// <summary>What a detector without anchors gives, taken apart: at each place class scores and a distribution of each
/// edge.</summary>
/// <remarks>Places lie in rows, the upper left one first. None of its functions opens a scope: the loss that calls them
/// does.</remarks>
internal sealed class DetectorMap
{
    // Distances stay below R, so that there is a bin above each.
    private const double BelowLast = 0.01;

    private DetectorMap(Tensor scores, Tensor edges, Tensor anchors, double stride) =>
        (Scores, Edges, Anchors, Stride) = (scores, edges, anchors, stride);

    /// <summary>Class scores before the sigmoid, [N, M, K].</summary>
    public Tensor Scores { get; }

    /// <summary>Scores of the distances of the left, top, right and bottom edge, before the softmax, [N, M, 4, R + 1].</summary>
    public Tensor Edges { get; }

    /// <summary>Squares of eight strides around each place, [M, 4].</summary>
    public Tensor Anchors { get; }

    /// <summary>Pixels from one place to the next, and of one bin.</summary>
    public double Stride { get; }

    /// <summary>M, the places of a picture.</summary>
    public long Places => Scores.Size(1);

    /// <summary>K.</summary>
    public long Classes => Scores.Size(2);

    /// <summary>R + 1.</summary>
    public long Bins => Edges.Size(3);

    /// <summary>Takes a detector's output apart.</summary>
    /// <param name="output">[N, K + 4·(R + 1), H, W], any floating dtype.</param>
    /// <param name="classes">K.</param>
    /// <param name="pictures">What it was computed from, [N, C, s·H, s·W].</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="ShapeException">It is no such map of K classes, or the pictures are not a whole number of times as
    /// large.</exception>
    public static DetectorMap Read(
        Tensor output, int classes, Tensor pictures, [CallerArgumentExpression(nameof(output))] string name = "output")
    {
        Shapes.RequireDimensions(pictures, 4);
        if (output.Dimensions != 4 || output.Size(1) < classes + 8 || (output.Size(1) - classes) % 4 != 0)
        {
            throw new ShapeException(
                $"'{name}' {Shapes.Text(output)} must be [N, {classes} + 4·bins, H, W]: "
                + $"a detector's map for the data's {classes} classes.");
        }

        Shapes.RequireSameBatch(output, pictures, name);
        long height = output.Size(2), width = output.Size(3), stride = pictures.Size(2) / height;
        if (stride < 1 || pictures.Size(2) != stride * height || pictures.Size(3) != stride * width)
        {
            throw new ShapeException(
                $"'{name}' {Shapes.Text(output)} has no whole number of places for 'pictures' {Shapes.Text(pictures)}: "
                + "choose a size of pictures that is a multiple of the detector's stride.");
        }

        Tensor rows = output.AtLeastFloat32().Flatten(2).Transpose(1, 2);   // [N, M, K + 4·(R + 1)]
        long bins = (output.Size(1) - classes) / 4;
        Tensor anchors = FineGrainedImitation.Anchors(height, width, stride, [8.0 * stride]).To(rows.DType).To(rows.Device);
        Tensor edges = rows.Narrow(2, classes, 4 * bins).Reshape([rows.Size(0), height * width, 4, bins]);
        return new DetectorMap(rows.Narrow(2, 0, classes), edges, anchors, stride);
    }

    /// <summary>Boxes of some places, [P, 4], from their edges [P, 4, R + 1] and anchors [P, 4].</summary>
    public Tensor Decode(Tensor edges, Tensor anchors) => GeneralInstances.Decode(edges.Flatten(1), anchors, Stride);

    /// <summary>The boxes of all places, [N, M, 4].</summary>
    public Tensor AllBoxes()
    {
        long pictures = Edges.Size(0);
        Tensor anchors = Anchors.Unsqueeze(0).Expand([pictures, Places, 4]).Reshape([pictures * Places, 4]);
        return Decode(Edges.Flatten(0, 1), anchors).Reshape([pictures, Places, 4]);
    }

    /// <summary>How far the edges of boxes lie from the middles of anchors, in bins, [P, 4], from 0 to below R.</summary>
    /// <param name="anchors">[P, 4].</param>
    /// <param name="boxes">[P, 4].</param>
    public Tensor Distances(Tensor anchors, Tensor boxes)
    {
        Tensor middle = (anchors.Narrow(1, 0, 2) + anchors.Narrow(1, 2, 2)) / 2;
        Tensor all = Ops.Cat([middle - boxes.Narrow(1, 0, 2), boxes.Narrow(1, 2, 2) - middle], 1);
        return (all / Stride).Clamp(0, Bins - 1 - BelowLast);
    }
}
