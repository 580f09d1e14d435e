using Retort.Distillation;
using Retort.Distillation.Projectors;
using Retort.Golden;
using Retort.Torch;
using Retort.Torch.Nn;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Features;

/// <summary>What goes into the teacher's ReLUs is matched: positive values exactly, negative ones only down to a
/// margin.</summary>
/// <remarks>
/// <para><b>Paper.</b> Heo et al., "A Comprehensive Overhaul of Feature Distillation", ICCV 2019, arXiv:1904.01866.</para>
/// <para><b>Equation.</b> The margin m_c is the mean of the negative values of N(β_c, γ_c²), from the batch-norm before the ReLU:
/// β − |γ| φ(β/|γ|) / Φ(−β/|γ|), and −3|γ| where Φ is at most 0.001. With t′ = max(t, m): (s − t′)² where s > t′ or t > 0, else
/// 0; summed
/// over C, H and W, divided by N. Layer i of n counts 2^{i − n + 1}-fold.</para>
/// <para><b>Needs.</b> Feature maps [N, C, H, W] of as many layers of each role, from before their ReLUs; the student's go
/// through a 1×1 convolution and batch-norm. The teacher's batch-norm before each ReLU, by default the tapped one or the last one
/// beside the tapped ReLU. The larger of two maps is average-pooled.</para>
/// <para><b>Variants.</b> The authors' code runs the teacher's batch-norms in training mode; here the teacher stays as it
/// is.</para>
/// </remarks>
[RecipeExample(Term = "ofd: { student_taps: [layer3.0.relu@input], teacher_taps: [layer3.2.relu@input] }")]
[Method("ofd", Title = "Overhaul of feature distillation", Family = MethodFamily.Feature,
    Year = 2019, Paper = "arXiv:1904.01866")]
public sealed class FeatureOverhaul(FeatureOverhaulOptions options) : Criterion(options)
{
    private const double LeastNegativeShare = 0.001;
    private readonly FeatureOverhaulOptions _options = options;
    private readonly List<Projector> _projectors = [];
    private readonly List<MarginBuffer> _margins = [];

    /// <inheritdoc/>
    public override void Attach(Attachment attachment)
    {
        ArgumentNullException.ThrowIfNull(attachment);
        for (int k = 0; k < _options.TeacherTaps.Count; k++)
        {
            Module norm = _options.TeacherNorms.Count > 0
                ? attachment.Teacher.Model.TryFind(_options.TeacherNorms[k]) ?? throw new ArgumentException(
                    $"teacher_norms: role '{attachment.Teacher.Name}' has no module '{_options.TeacherNorms[k]}'.")
                : NormBefore(attachment.Teacher, _options.TeacherTaps[k]);
            Tensor? Find(string name) => norm.OwnParameters.FirstOrDefault(p => p.Name == name)?.Value;
            if (Find("weight") is not { Dimensions: 1 } weight || Find("bias") is not { Dimensions: 1 } bias)
            {
                throw new ArgumentException(
                    $"teacher_norms: a {norm.GetType().Name} has no weight and bias [C] to take a margin from.");
            }

            _margins.Add(Own($"margin{k}", new MarginBuffer(Margin(weight, bias))));
        }
    }

    /// <inheritdoc/>
    public override void Prepare(Signals signals)
    {
        Tensor[] student = _options.StudentFeatures(signals), teacher = _options.TeacherFeatures(signals);
        for (int k = 0; k < student.Length; k++)
        {
            RequireMaps(student[k], teacher[k]);
            RequireBeforeRelu(teacher[k], _options.TeacherTaps[k]);
            _projectors.Add(Own($"projector{k}", Projector.Between(student[k], teacher[k])));
        }
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) => _options.SumOverPairs(signals, (k, student, teacher) =>
    {
        (Tensor found, Tensor wanted) = PoolToSmaller(student, teacher);
        return Loss(_projectors[k].Call(found), wanted, _margins[k].Value) * Math.Pow(2, k - _options.StudentTaps.Count + 1);
    });

    /// <summary>m, [C]: the mean of the negative values of a channel that a batch-norm has given its mean and spread.</summary>
    /// <param name="weight">γ, [C].</param>
    /// <param name="bias">β, [C].</param>
    /// <exception cref="ShapeException">The shapes differ, or are no [C].</exception>
    public static Tensor Margin(Tensor weight, Tensor bias)
    {
        Shapes.RequireDimensions(weight, 1);
        Shapes.RequireSame(weight, bias);
        using var scope = new TensorScope();

        // The tail of the distribution cancels badly in float32.
        Tensor spread = weight.Detach().To(DType.Float64).Abs(), mean = bias.Detach().To(DType.Float64);
        Tensor z = mean / spread;
        Tensor density = (z.Square() / -2).Exp() / Math.Sqrt(2 * Math.PI);
        Tensor negative = (1 - (z / Math.Sqrt(2)).Erf()) / 2;
        Tensor margin = Ops.Where(negative.Gt(LeastNegativeShare), mean - spread * density / negative, -3 * spread);
        return scope.Keep(margin.To(weight.AtLeastFloat32().DType));
    }

    /// <summary>The loss of one pair of layers, as a function of tensors alone.</summary>
    /// <param name="student">The student's values before the ReLU, after the projector, [N, C, H, W]. Gradients flow
    /// here.</param>
    /// <param name="teacher">The teacher's values before the ReLU, [N, C, H, W]. No gradient flows here.</param>
    /// <param name="margin">m, [C].</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, Tensor margin)
    {
        Shapes.RequireDimensions(student, 4);
        Shapes.RequireSame(student, teacher);
        Shapes.RequireDimensions(margin, 1);
        if (margin.Size(0) != student.Size(1))
        {
            throw new ShapeException(
                $"'margin' {Shapes.Text(margin)} must have a value for each channel of 'student' {Shapes.Text(student)}.");
        }

        using var scope = new TensorScope();
        Tensor found = student.AtLeastFloat32(), wanted = teacher.AsTarget();
        Tensor target = wanted.Maximum(margin.Detach().To(wanted.DType).Reshape([1, -1, 1, 1]));
        Tensor counts = found.Detach().Gt(target).LogicalOr(wanted.Gt(0)).To(found.DType);
        return scope.Keep(((found - target).Square() * counts).Sum() / student.Size(0));
    }

    // The batch-norm whose output the tapped ReLU gets: the tapped module, the last one before it in its chain, or the last one
    // of a block whose ReLU comes after a sum.
    private static Module NormBefore(Role teacher, TapPath tap)
    {
        string path = teacher.PathOf(tap) ?? throw new ArgumentException($"the teacher does not say where its {tap} is.");
        Module module = teacher.ModuleAt(tap);
        if (module is BatchNorm && tap.Side == TapSide.Output)
            return module;
        int dot = path.LastIndexOf('.');
        Module owner = tap.Side == TapSide.Input ? teacher.Model.Find(dot < 0 ? string.Empty : path[..dot]) : module;
        IEnumerable<Module> before = owner.Children.Select(c => c.Value);
        if (owner is Sequential && !ReferenceEquals(owner, module))
            before = before.TakeWhile(m => !ReferenceEquals(m, module));
        return before.OfType<BatchNorm>().LastOrDefault() ?? throw new ArgumentException(
            $"no batch-norm stands before the teacher's tap '{tap}'; name it in teacher_norms.");
    }

    /// <summary>A margin, kept among the parts so that it moves to their device.</summary>
    private sealed class MarginBuffer : Module
    {
        private readonly Torch.Nn.Buffer _value;

        public MarginBuffer(Tensor margin) => _value = Buffer("value", margin);

        public Tensor Value => _value;

        protected override Tensor Forward(Tensor input) => input.Maximum(Value.Reshape([1, -1, 1, 1]));
    }

    [Golden("ofd")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor margin = Margin(vector["bn_weight"], vector["bn_bias"]);
        return new GoldenOutputs
        {
            ["margin"] = margin,
            ["loss"] = Loss(vector["student_feat_after_connector"], vector["teacher_preact_feat"], margin),
        };
    }
}

/// <summary>What a recipe may write under <c>ofd:</c>. The weight is the authors' on CIFAR-100.</summary>
public sealed record FeatureOverhaulOptions() : StageTapOptions(weight: 0.001, namesLayers: true)
{
    /// <summary>Paths of the teacher's batch-norms before the tapped ReLUs, one for each of teacher_taps. By default they are
    /// looked for.</summary>
    public IReadOnlyList<string> TeacherNorms { get; init; } = [];

    /// <inheritdoc/>
    public override IEnumerable<Problem> Validate()
    {
        foreach (Problem problem in base.Validate())
            yield return problem;
        if (TeacherNorms.Count > 0 && TeacherNorms.Count != TeacherTaps.Count)
        {
            string message = $"names {TeacherNorms.Count} batch-norms where teacher_taps names {TeacherTaps.Count}";
            yield return new Problem(nameof(TeacherNorms), message) { Expected = "one for each, or none" };
        }
    }
}
