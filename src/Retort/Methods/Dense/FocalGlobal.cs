using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Dense;

/// <summary>Foreground and background are matched apart, weighted by the teacher's attention, with the context of the whole
/// picture.</summary>
/// <remarks>
/// <para><b>Paper.</b> Yang et al., "Focal and Global Knowledge Distillation for Detectors", CVPR 2022, arXiv:2111.11837.</para>
/// <para><b>Equation.</b> A^s = H·W softmax_i(mean_c |F| / τ) and A^c = C softmax_c(mean_i |F| / τ). On the map's grid a box
/// covers cells ⌊x0⌋ … ⌈x1⌉, both included; M_f is 1 / (its height · width in cells), the largest of those that cover a cell;
/// M_b is 1 / (number of uncovered cells) on these. (α Σ M_f A^s A^c (T − S)² + β the same with M_b + γ (Σ |A^c_S − A^c_T|
/// + Σ |A^s_S − A^s_T|) + λ Σ (R(S) − R(T))²) / N with the teacher's attention and R a context block of each role's own.</para>
/// <para><b>Needs.</b> A map [N, C, H, W] of each role, equally large; boxes in pixels, [N, G, 4 or more], as <c>boxes</c> of
/// the batch, rows of zeros where there are fewer. A 1×1 projector where channels differ. Sums, not means: the weights are
/// tiny, and depend on C·H·W.</para>
/// </remarks>
[Method("fgd", Title = "Focal and global distillation", Family = MethodFamily.Dense, Year = 2022, Paper = "arXiv:2111.11837")]
public sealed class FocalGlobal(FocalGlobalOptions options) : Criterion(options)
{
    private readonly FocalGlobalOptions _options = options;
    private FocalGlobalBlocks? _blocks;

    /// <inheritdoc/>
    public override void Prepare(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        Tensor student = signals.Student.Tap(_options.StudentTap), teacher = signals.Teacher.Tap(_options.TeacherTap);
        RequireMaps(student, teacher);
        _blocks = Own("blocks", new FocalGlobalBlocks(student.Size(1), teacher.Size(1)));
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        Tensor student = _blocks!.Align(signals.Student.Tap(_options.StudentTap));
        Tensor teacher = signals.Teacher.Tap(_options.TeacherTap);
        long[] picture = signals.Batch.Input.Shape;
        Tensor foreground = Foreground(
            signals.Batch["boxes"].To(teacher.Device), teacher.Size(2), teacher.Size(3), picture[^2], picture[^1]);
        return Loss(
            student, teacher, foreground, _options.Temperature, _options.Foreground, _options.Background, _options.Attention)
            + _options.Context * GlobalLoss(student, teacher, _blocks);
    }

    /// <summary>M_f: what each cell counts that an object covers, [N, H, W]; 0 where none does.</summary>
    /// <param name="boxes">In pixels, [N, G, 4 or more]; a row whose corners are all 0 is no box.</param>
    /// <param name="height">H of the map.</param>
    /// <param name="width">W of the map.</param>
    /// <param name="pictureHeight">Height of the picture in pixels.</param>
    /// <param name="pictureWidth">Width of the picture in pixels.</param>
    /// <exception cref="ShapeException">The boxes are no [N, G, 4 or more].</exception>
    public static Tensor Foreground(Tensor boxes, long height, long width, double pictureHeight, double pictureWidth)
    {
        Shapes.RequireDimensions(boxes, 3);
        if (boxes.Size(2) < 4)
            throw new ShapeException($"'boxes' {Shapes.Text(boxes)} must hold x0, y0, x1, y1 in dimension 2.");
        using var scope = new TensorScope();
        Tensor corners = boxes.Detach().AtLeastFloat32().Narrow(2, 0, 4);
        Tensor Edge(int column, double scale, long cells) => corners.Select(2, column).Mul(scale).Clamp(0, cells);   // [N, G]
        double across = width / pictureWidth, down = height / pictureHeight;
        Tensor left = Edge(0, across, width).Floor(), top = Edge(1, down, height).Floor();
        Tensor right = Edge(2, across, width).Ceil(), bottom = Edge(3, down, height).Ceil();
        Tensor Covered(Tensor from, Tensor to, long cells)
        {
            Tensor place = Ops.Arange(0, cells, 1, corners.DType, corners.Device).Reshape([1, 1, cells]);
            return place.Ge(from.Unsqueeze(2)).LogicalAnd(place.Le(to.Unsqueeze(2)));   // [N, G, cells]
        }

        Tensor isBox = PositivePlaces.AreBoxes(corners).To(corners.DType);
        Tensor each = isBox / ((bottom - top + 1) * (right - left + 1));
        Tensor covered = Covered(top, bottom, height).Unsqueeze(3).LogicalAnd(Covered(left, right, width).Unsqueeze(2));
        Tensor none = Tensor.Zeros(corners.DType, boxes.Size(0), 1, height, width).To(corners.Device);
        Tensor all = Ops.Cat([none, covered.To(corners.DType) * each.Unsqueeze(2).Unsqueeze(3)], 1);   // [N, 1 + G, H, W]
        return scope.Keep(all.Amax([1]));
    }

    /// <summary>All but the context, as a function of tensors alone.</summary>
    /// <param name="student">The aligned student map, [N, C, H, W], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher map, of the same shape. No gradient flows here.</param>
    /// <param name="foreground">M_f, [N, H, W].</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <param name="alpha">α, the weight of the foreground.</param>
    /// <param name="beta">β, the weight of the background.</param>
    /// <param name="gamma">γ, the weight of the attention maps.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(
        Tensor student, Tensor teacher, Tensor foreground, double temperature = 0.5, double alpha = 1e-3, double beta = 5e-4,
        double gamma = 1e-3)
    {
        Shapes.RequireDimensions(student, 4);
        Shapes.RequireSame(student, teacher);
        Shapes.RequireDimensions(foreground, 3);
        Shapes.RequireSameBatch(student, foreground);
        using var scope = new TensorScope();
        Tensor found = student.AtLeastFloat32(), wanted = teacher.AsTarget(), front = foreground.AsTarget();
        Tensor back = front.Eq(0).To(wanted.DType);
        back /= back.Sum([1, 2], keepDim: true).ClampMin(1);
        Tensor spatial = NonLocalImitation.SpatialAttention(wanted, temperature);
        Tensor channels = ChannelAttention(wanted, temperature);
        Tensor difference = (wanted - found).Square() * spatial * channels;
        Tensor focal = (difference * (alpha * front + beta * back).Unsqueeze(1)).Sum();
        Tensor attention = (ChannelAttention(found, temperature) - channels).Abs().Sum()
            + (NonLocalImitation.SpatialAttention(found, temperature) - spatial).Abs().Sum();
        return scope.Keep((focal + gamma * attention) / student.Size(0));
    }

    /// <summary>The context of the whole picture: Σ (R(S) − R(T))² / N.</summary>
    /// <param name="student">The aligned student map, [N, C, H, W]. Gradients flow here and to the blocks.</param>
    /// <param name="teacher">Teacher map, of the same shape. No gradient flows here; its block trains.</param>
    /// <param name="blocks">The context blocks of both roles.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static Tensor GlobalLoss(Tensor student, Tensor teacher, FocalGlobalBlocks blocks)
    {
        ArgumentNullException.ThrowIfNull(blocks);
        Shapes.RequireSame(student, teacher);
        using var scope = new TensorScope();
        Tensor own = blocks.StudentContext(student.AtLeastFloat32()), other = blocks.TeacherContext(teacher.AsTarget());
        return scope.Keep((own - other).Square().Sum() / student.Size(0));
    }

    private static Tensor ChannelAttention(Tensor map, double temperature) =>
        ((map.Abs().Mean([2, 3]) / temperature).Softmax(1) * map.Size(1)).Unsqueeze(2).Unsqueeze(3);

    [Golden("fgd")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor teacher = vector["teacher"];
        Tensor[] boxes = vector.Series("boxes");
        using var blocks = new FocalGlobalBlocks(vector["student"].Size(1), teacher.Size(1));
        using IDisposable bound = vector.Bind(blocks, "w:");
        Tensor student = blocks.Align(vector["student"]);
        Tensor[] each = Array.ConvertAll(boxes, b => Foreground(
            b.Unsqueeze(0), teacher.Size(2), teacher.Size(3), vector.Number("img_h"), vector.Number("img_w")));
        return Loss(
                student, teacher, Ops.Cat(each, 0), vector.Number("temp"), vector.Number("alpha"), vector.Number("beta"),
                vector.Number("gamma"))
            + vector.Number("lambda_") * GlobalLoss(student, teacher, blocks);
    }
}

/// <summary>What a recipe may write under <c>fgd:</c>. Weights of the parts are the authors' for one-stage detectors.</summary>
public sealed record FocalGlobalOptions() : TapOptions(TapPath.LastStage, weight: 1)
{
    /// <summary>τ of the attentions.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    public double Temperature { get; init; } = 0.5;

    /// <summary>α, the weight of the foreground.</summary>
    [Range(0, double.MaxValue)]
    public double Foreground { get; init; } = 1e-3;

    /// <summary>β, the weight of the background.</summary>
    [Range(0, double.MaxValue)]
    public double Background { get; init; } = 5e-4;

    /// <summary>γ, the weight of the attention maps.</summary>
    [Range(0, double.MaxValue)]
    public double Attention { get; init; } = 5e-4;

    /// <summary>λ, the weight of the context.</summary>
    [Range(0, double.MaxValue)]
    public double Context { get; init; } = 5e-6;
}
