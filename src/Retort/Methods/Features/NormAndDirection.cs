using Retort.Distillation;
using Retort.Distillation.Projectors;
using Retort.Golden;
using Retort.Torch;

namespace Retort.Methods.Features;

/// <summary>Features should be long and point along the teacher's mean of their class.</summary>
/// <remarks>
/// <para><b>Paper.</b> Wang et al., "Improving Knowledge Distillation via Regularizing Feature Norm and Direction",
/// arXiv:2305.17007.</para>
/// <para><b>Equation.</b> The mean over the batch of 1 − ⟨g_student, m_y / ‖m_y‖⟩ / max(‖g_student‖, ‖g_teacher‖), m_y the
/// teacher's mean feature of the class. Where the student's is the longer, the loss is one minus a cosine.</para>
/// <para><b>Needs.</b> Features [N, D] of both and labels [N]. The teacher's class means are taken once, before training, over
/// the training samples without augmentation, and go into checkpoints. A linear projector where widths differ. Beside a
/// cross-entropy and <c>kd</c> of weight 1 each: KD++.</para>
/// </remarks>
[Method("nd-loss", Title = "Norm and direction (KD++)", Family = MethodFamily.Feature, Year = 2023, Paper = "arXiv:2305.17007")]
public sealed class NormAndDirection(NormAndDirectionOptions options) : Criterion(options)
{
    private readonly NormAndDirectionOptions _options = options;
    private SampleStore? _means;
    private Projector? _embed;

    /// <inheritdoc/>
    public override void Attach(Attachment attachment)
    {
        ArgumentNullException.ThrowIfNull(attachment);
        Role teacher = attachment.Teacher;
        if (teacher.Until is { } until)
        {
            throw new ArgumentException(
                $"'nd-loss' runs the whole teacher, and '{teacher.Name}' is left off at '{until}'.", nameof(attachment));
        }

        using var session = new TapSession(teacher, [_options.TeacherTap]);
        using GradMode off = Autograd.NoGrad();
        double[]? sums = null;
        var counts = new long[Math.Max(1, attachment.Samples.Labels.Max() + 1)];
        foreach (Data.Batch batch in attachment.PlainBatches())
        {
            Tensor feature = session.Run(batch.Input).Tap(_options.TeacherTap).AtLeastFloat32().Pooled();
            float[] values = feature.To(DType.Float32).Contiguous().ToArray<float>();
            long[] labels = batch.Labels.ToArray<long>();
            int width = (int)feature.Size(1);
            sums ??= new double[counts.Length * width];
            for (int n = 0; n < labels.Length; n++)
            {
                if (labels[n] < 0)
                    continue;
                counts[labels[n]]++;
                for (int d = 0; d < width; d++)
                    sums[labels[n] * width + d] += values[n * width + d];
            }
        }

        Keep(sums ?? [], counts);
    }

    /// <inheritdoc/>
    public override void Prepare(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        Tensor student = signals.Student.Tap(_options.StudentTap).Pooled();
        Tensor teacher = signals.Teacher.Tap(_options.TeacherTap).Pooled();
        if (student.Size(1) != teacher.Size(1))
            _embed = Own("embed", Projector.Between(student, teacher));
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        Tensor student = signals.Student.Tap(_options.StudentTap).Pooled();
        Tensor teacher = signals.Teacher.Tap(_options.TeacherTap).Pooled();
        return Loss(_embed?.Call(student) ?? student, teacher, _means!.Rows, signals.Labels);
    }

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student features, [N, D], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher features, [N, D]. No gradient flows here.</param>
    /// <param name="classMeans">The teacher's mean feature of each class, [K, D].</param>
    /// <param name="labels">Integer classes, [N].</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, Tensor classMeans, Tensor labels)
    {
        Shapes.RequireLabelled(student, labels);
        Shapes.RequireSame(student, teacher);
        Shapes.RequireDimensions(classMeans, 2);
        if (classMeans.Size(1) != student.Size(1))
        {
            throw new ShapeException(
                $"'classMeans' {Shapes.Text(classMeans)} must be as wide as 'student' {Shapes.Text(student)}.");
        }

        using var scope = new TensorScope();
        Tensor found = student.AtLeastFloat32();
        Tensor direction = classMeans.AsTarget().UnitLength(1).IndexSelect(0, labels);
        Tensor length = found.Norm(p: 2, dim: 1).Maximum(teacher.AsTarget().Norm(p: 2, dim: 1));
        return scope.Keep((1 - (found * direction).Sum(1) / length).Mean());
    }

    private void Keep(double[] sums, long[] counts)
    {
        using var scope = new TensorScope();
        long width = sums.Length / counts.Length;
        _means = Own("class_means", new SampleStore(counts.Length, width));
        for (int k = 0; k < sums.Length; k++)
            sums[k] /= Math.Max(1, counts[k / width]);
        _means.Write(Tensor.Arange(counts.Length), Tensor.From(sums, counts.Length, width));
    }

    [Golden("nd-loss")]
    private static GoldenOutputs Golden(GoldenInputs vector) => vector.Number("nd_loss_factor")
        * Loss(vector["student_emb"], vector["teacher_emb"], vector["class_means"], vector.Labels("target"));
}

/// <summary>What a recipe may write under <c>nd-loss:</c>. The weight is the authors' least, of 1 to 4.</summary>
public sealed record NormAndDirectionOptions() : TapOptions(TapPath.LastFeature, weight: 1);
