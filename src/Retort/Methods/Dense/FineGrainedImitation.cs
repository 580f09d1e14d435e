using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using Retort.Torch.Nn;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Dense;

/// <summary>A detector imitates the teacher's feature only near objects: where an anchor fits nearly as well as the best
/// does.</summary>
/// <remarks>
/// <para><b>Paper.</b> Wang et al., "Distilling Object Detectors with Fine-grained Feature Imitation", CVPR 2019,
/// arXiv:1906.03609.</para>
/// <para><b>Equation.</b> A cell is on where one of its anchors has IoU(anchor, box) above ψ times the best IoU that any anchor
/// has with that box. Σ over cells that are on and channels of (T − adapt(S))², divided by twice the number of these cells (not
/// of channels). 0 where there is no box.</para>
/// <para><b>Needs.</b> A map [N, C, H, W] of each role, equally large; boxes in pixels, [N, G, 4 or more], as
/// <c>boxes</c> of the batch, rows of zeros where there are fewer. Square anchors around each cell. A 3×3 adapter with ReLU
/// trains with the student.</para>
/// <para><b>Variants.</b> The paper's code counts pixels inclusively in an IoU, x1 − x0 + 1, and leaves the term out of the
/// first 400 steps: a schedule of the weight does that.</para>
/// </remarks>
[Method("fgfi", Title = "Fine-grained feature imitation", Family = MethodFamily.Dense, Year = 2019, Paper = "arXiv:1906.03609")]
public sealed class FineGrainedImitation(FineGrainedImitationOptions options) : Criterion(options)
{
    private readonly FineGrainedImitationOptions _options = options;
    private Sequential? _adapter;

    /// <inheritdoc/>
    public override void Prepare(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        Tensor student = signals.Student.Tap(_options.StudentTap), teacher = signals.Teacher.Tap(_options.TeacherTap);
        RequireMaps(student, teacher);
        _adapter = Own("adapter", new Sequential(new Conv2d(student.Size(1), teacher.Size(1), 3, padding: 1), new Relu()));
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        Tensor adapted = _adapter!.Call(signals.Student.Tap(_options.StudentTap));
        Tensor teacher = signals.Teacher.Tap(_options.TeacherTap), boxes = signals.Batch["boxes"].To(teacher.Device);
        Tensor anchors = Anchors(teacher.Size(2), teacher.Size(3), _options.Stride, _options.AnchorSizes).To(teacher.Device);
        Tensor mask = Mask(anchors, boxes, teacher.Size(2), teacher.Size(3), _options.Threshold);
        return Loss(adapted, teacher, mask);
    }

    /// <summary>Square anchors around every cell's middle, [H·W·A, 4] in pixels, in the order row, column, size.</summary>
    /// <param name="height">H of the map.</param>
    /// <param name="width">W of the map.</param>
    /// <param name="stride">Pixels from one cell to the next.</param>
    /// <param name="sizes">The sides of the A anchors of a cell, in pixels.</param>
    public static Tensor Anchors(long height, long width, double stride, IReadOnlyList<double> sizes)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        var corners = new float[height * width * sizes.Count * 4];
        int at = 0;
        for (int row = 0; row < height; row++)
        {
            for (int column = 0; column < width; column++)
            {
                foreach (double size in sizes)
                {
                    double x = (column + 0.5) * stride, y = (row + 0.5) * stride;
                    foreach (double corner in (ReadOnlySpan<double>)[x - size / 2, y - size / 2, x + size / 2, y + size / 2])
                        corners[at++] = (float)corner;
                }
            }
        }

        return Tensor.From(corners, height * width * sizes.Count, 4);
    }

    /// <summary>The cells that are on, [N, H, W], 0 or 1.</summary>
    /// <param name="anchors">[H·W·A, 4], in the order row, column, anchor.</param>
    /// <param name="boxes">[N, G, 4 or more]; a row whose corners are all 0 is no box.</param>
    /// <param name="height">H of the map.</param>
    /// <param name="width">W of the map.</param>
    /// <param name="threshold">ψ, the share of the best IoU that an anchor must exceed.</param>
    /// <param name="inclusive">Whether a side is x1 − x0 + 1 pixels long, as in the paper's code.</param>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Mask(
        Tensor anchors, Tensor boxes, long height, long width, double threshold = 0.5, bool inclusive = true)
    {
        Boxes.Require(anchors);
        Shapes.RequireDimensions(boxes, 3);
        long cells = height * width;
        if (cells == 0 || anchors.Size(0) % cells != 0 || boxes.Size(2) < 4)
        {
            throw new ShapeException(
                $"'anchors' {Shapes.Text(anchors)} and 'boxes' {Shapes.Text(boxes)} do not fit a map of {height}×{width} cells.");
        }

        using var scope = new TensorScope();
        Tensor corners = boxes.Detach().AtLeastFloat32().Narrow(2, 0, 4);
        Tensor places = anchors.AsTarget().To(corners.DType);
        Tensor[] masks = new Tensor[boxes.Size(0)];
        for (int n = 0; n < masks.Length; n++)
        {
            Tensor iou = Boxes.Iou(places, corners[n], inclusive ? 1 : 0);                       // [H·W·A, G]
            Tensor isBox = PositivePlaces.AreBoxes(corners[n]).Unsqueeze(0);
            Tensor fits = iou.Gt(iou.Amax([0], keepDim: true) * threshold).LogicalAnd(isBox);
            masks[n] = fits.Any(1).Reshape([height, width, places.Size(0) / cells]).Any(2);
        }

        return scope.Keep(Ops.Stack(masks, 0).To(corners.DType));
    }

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">The adapted student map, [N, C, H, W], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher map, of the same shape. No gradient flows here.</param>
    /// <param name="mask">The cells that are on, [N, H, W].</param>
    /// <returns>A scalar, float32 or wider; 0 where no cell is on.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, Tensor mask)
    {
        Shapes.RequireDimensions(student, 4);
        Shapes.RequireSame(student, teacher);
        Shapes.RequireDimensions(mask, 3);
        Shapes.RequireSameBatch(student, mask);
        using var scope = new TensorScope();
        Tensor found = student.AtLeastFloat32(), on = mask.Detach().To(found.DType).Unsqueeze(1);
        return scope.Keep(((teacher.AsTarget() - found).Square() * on).Sum() / (2 * on.Sum()).ClampMin(1));
    }

    [Golden("fgfi")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor teacher = vector["teacher"];
        Tensor mask = Mask(
            vector["anchors"], vector["gt_boxes"], teacher.Size(2), teacher.Size(3), vector.Number("thresh_factor", 0.5),
            vector.Flag("iou_plus_one", true));
        return new GoldenOutputs
        {
            ["mask"] = mask,
            ["loss"] = vector.Number("weight") * Loss(vector["adapted_student"], teacher, mask),
        };
    }
}

/// <summary>What a recipe may write under <c>fgfi:</c>. The weight is the authors'.</summary>
public sealed record FineGrainedImitationOptions() : TapOptions(TapPath.LastStage, weight: 0.01)
{
    /// <summary>Pixels from one cell of the map to the next.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double Stride { get; init; } = 16;

    /// <summary>Sides of the square anchors of a cell, in pixels.</summary>
    [MinLength(1)]
    public IReadOnlyList<double> AnchorSizes { get; init; } = [32, 64, 128];

    /// <summary>ψ, the share of the best IoU that an anchor must exceed.</summary>
    [Range(0, 1)]
    public double Threshold { get; init; } = 0.5;
}
