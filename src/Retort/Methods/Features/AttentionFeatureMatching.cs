using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using Retort.Torch.Nn;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Features;

/// <summary>Attention learns which of the student's layers should imitate which of the teacher's.</summary>
/// <remarks>
/// <para><b>Paper.</b> Ji, Heo and Park, "Show, Attend and Distill: Knowledge Distillation via Attention-based Feature
/// Matching", AAAI 2021, arXiv:2102.02973.</para>
/// <para><b>Equation.</b> Queries of the teacher's pooled maps and keys of the student's give, with a learned term for each
/// pair of layers,
/// a softmax a_ts over the student's layers. The loss is Σ_t Σ_s a_ts · mean over the positions of (v_s − v_t)², mean over the
/// batch; v are
/// maps of energy, mean over the channels of F², the student's pooled to the teacher's size, at unit L2 norm.</para>
/// <para><b>Needs.</b> Feature maps [N, C, H, W] of any layers of each role; a batch above 1.</para>
/// </remarks>
[Method("afd", Title = "Attention-based feature matching", Family = MethodFamily.Feature,
    Year = 2021, Paper = "arXiv:2102.02973")]
public sealed class AttentionFeatureMatching(AttentionFeatureMatchingOptions options) : Criterion(options)
{
    private readonly AttentionFeatureMatchingOptions _options = options;
    private LayerAttention? _attention;

    /// <inheritdoc/>
    public override void Prepare(Signals signals)
    {
        Tensor[] student = _options.StudentFeatures(signals), teacher = _options.TeacherFeatures(signals);
        _attention = Own("attention", new LayerAttention(
            [.. student.Select(s => s.Size(1))], [.. teacher.Select(t => t.Size(1))], _options.Width));
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        Tensor[] student = _options.StudentFeatures(signals), teacher = _options.TeacherFeatures(signals);
        return Loss(student, teacher, _attention!.Weights(student, teacher));
    }

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student maps, [N, C, H, W] each. Gradients flow here.</param>
    /// <param name="teacher">Teacher maps, [N, C, H, W] each. No gradient flows here.</param>
    /// <param name="attention">a, [N, teacher layers, student layers]. Gradients flow here.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(IReadOnlyList<Tensor> student, IReadOnlyList<Tensor> teacher, Tensor attention)
    {
        ArgumentNullException.ThrowIfNull(student);
        ArgumentNullException.ThrowIfNull(teacher);
        Shapes.RequireDimensions(attention, 3);
        if (attention.Size(1) != teacher.Count || attention.Size(2) != student.Count)
            throw new ShapeException($"'attention' {Shapes.Text(attention)} must be [N, {teacher.Count}, {student.Count}].");
        using var scope = new TensorScope();
        Tensor[] energies = [.. student.Select(s => s.AtLeastFloat32().Square().Mean(1, keepDim: true))];
        Tensor? total = null;
        for (int t = 0; t < teacher.Count; t++)
        {
            Tensor wanted = teacher[t].AsTarget().Square().Mean(1, keepDim: true);
            for (int s = 0; s < student.Count; s++)
            {
                RequireMaps(student[s], teacher[t]);
                Tensor pooled = energies[s].AdaptiveAvgPool2d([wanted.Size(2), wanted.Size(3)]);
                Tensor difference = (pooled.Flatten(1).UnitLength(1) - wanted.Flatten(1).UnitLength(1)).Square().Mean(1);
                Tensor term = (attention.Select(1, t).Select(1, s) * difference).Mean();
                total = total is null ? term : total + term;
            }
        }

        return scope.Keep(total ?? throw new ArgumentException("there is no layer to compare.", nameof(teacher)));
    }

    [Golden("afd")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor[] student = vector.Series("student_feat"), teacher = vector.Series("teacher_feat");
        using var attention = new LayerAttention(
            [.. student.Select(s => s.Size(1))], [.. teacher.Select(t => t.Size(1))], vector.Integer("qk_dim"));
        using IDisposable bound = vector.Bind(attention, "param:attention.");
        return Loss(student, teacher, attention.Weights(student, teacher));
    }

    /// <summary>A linear layer, batch-norm and, where wanted, ReLU over pooled maps.</summary>
    private sealed class NormalizedLinear : Module
    {
        private readonly Linear _linear;
        private readonly BatchNorm1d _norm;
        private readonly bool _relu;

        public NormalizedLinear(long inFeatures, long outFeatures, bool relu)
        {
            _linear = Child("linear", new Linear(inFeatures, outFeatures));
            _norm = Child("bn", new BatchNorm1d(outFeatures));
            _relu = relu;
        }

        protected override Tensor Forward(Tensor input)
        {
            Tensor output = _norm.Call(_linear.Call(input));
            return _relu ? output.Relu() : output;
        }
    }

    /// <summary>The attention between layers; parameters carry the names of the paper's code.</summary>
    private sealed class LayerAttention : Module
    {
        private readonly long _width;
        private readonly Parameter _teacherPlaces;
        private readonly Parameter _studentPlaces;
        private readonly NormalizedLinear[] _keys;
        private readonly NormalizedLinear[] _queries;
        private readonly NormalizedLinear _bilinear;

        public LayerAttention(long[] studentChannels, long[] teacherChannels, long width)
        {
            _width = width;
            _teacherPlaces = Parameter("p_t", Init.XavierNormal(Tensor.Empty(DType.Float32, teacherChannels.Length, width)));
            _studentPlaces = Parameter("p_s", Init.XavierNormal(Tensor.Empty(DType.Float32, studentChannels.Length, width)));
            _keys = [.. studentChannels.Select(channels => new NormalizedLinear(channels, width, relu: true))];
            _queries = [.. teacherChannels.Select(channels => new NormalizedLinear(channels, width, relu: false))];
            _bilinear = new NormalizedLinear(width, width * teacherChannels.Length, relu: false);
            Child("linear_trans_s", new ModuleDict(
                new KeyValuePair<string, Module>("key_layer", new ModuleList(_keys)), new("bilinear", _bilinear)));
            Child("linear_trans_t", new ModuleDict(new KeyValuePair<string, Module>("query_layer", new ModuleList(_queries))));
        }

        public Tensor Weights(Tensor[] student, Tensor[] teacher)
        {
            long batch = student[0].Size(0);
            Tensor hidden = Ops.Stack([.. student.Select((s, k) => _keys[k].Call(s.Pooled()))], 1);                  // [N, S, D]
            Tensor keys = _bilinear.Call(hidden.Flatten(0, 1)).Reshape([batch, student.Length, teacher.Length, _width]);
            Tensor queries = Ops.Stack([.. teacher.Select((t, k) => _queries[k].Call(t.Detach().Pooled()))], 1);     // [N, T, D]
            Tensor places = _teacherPlaces.Value.MatMul(_studentPlaces.Value.T());                                  // [T, S]
            Tensor scores = Ops.Einsum("bstd,btd->bts", [keys, queries]) + places;
            return (scores / Math.Sqrt(_width)).Softmax(2);
        }

        protected override Tensor Forward(Tensor input) =>
            throw new InvalidOperationException("attention between layers takes all layers at once.");
    }
}

/// <summary>What a recipe may write under <c>afd:</c>. The weight is the paper's on CIFAR-100; 50 for some pairs.</summary>
public sealed record AttentionFeatureMatchingOptions() : StageTapOptions(weight: 200)
{
    /// <summary>How wide queries and keys are.</summary>
    [Range(1, 65536)]
    public int Width { get; init; } = 128;

    /// <inheritdoc/>
    protected override bool ArePaired => false;
}
