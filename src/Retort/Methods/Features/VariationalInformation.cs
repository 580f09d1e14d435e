using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using Retort.Torch.Nn;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Features;

/// <summary>Raises a lower bound on what the student's feature tells about the teacher's, with a learned variance for each
/// channel.</summary>
/// <remarks>
/// <para><b>Paper.</b> Ahn et al., "Variational Information Distillation for Knowledge Transfer", CVPR 2019,
/// arXiv:1904.05835.</para>
/// <para><b>Equation.</b> Per pair of layers the mean over all elements of ½ ((μ − F_teacher)² / σ² + log σ²); μ is a small
/// network of the
/// student's feature, σ²_c = log(1 + e^{a_c}) + ε. It may be negative.</para>
/// <para><b>Needs.</b> Feature maps [N, C, H, W] of as many layers of each role. The larger of two maps is average-pooled.</para>
/// <para><b>Variants.</b> One benchmark leaves a out of the optimiser, so that its variances stay 5; here they are
/// trained.</para>
/// </remarks>
[Method("vid", Title = "Variational information distillation", Family = MethodFamily.Feature,
    Year = 2019, Paper = "arXiv:1904.05835")]
public sealed class VariationalInformation(VariationalInformationOptions options) : Criterion(options)
{
    private const double Floor = 1e-5;
    private readonly VariationalInformationOptions _options = options;
    private readonly List<VariationalRegressor> _regressors = [];

    /// <inheritdoc/>
    public override void Prepare(Signals signals)
    {
        Tensor[] student = _options.StudentFeatures(signals), teacher = _options.TeacherFeatures(signals);
        for (int k = 0; k < student.Length; k++)
        {
            RequireMaps(student[k], teacher[k]);
            var regressor = new VariationalRegressor(student[k].Size(1), teacher[k].Size(1), _options.InitialVariance);
            _regressors.Add(Own($"regressor{k}", regressor));
        }
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) => _options.SumOverPairs(signals, (k, student, teacher) =>
    {
        (Tensor found, Tensor wanted) = PoolToSmaller(student, teacher);
        return Loss(_regressors[k].Call(found), wanted, _regressors[k].LogScale);
    });

    /// <summary>The loss of one pair of layers, as a function of tensors alone.</summary>
    /// <param name="mean">μ, [N, C, H, W], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher map, [N, C, H, W]. No gradient flows here.</param>
    /// <param name="logScale">a, [C]. Gradients flow here.</param>
    /// <param name="epsilon">ε, the least variance.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor mean, Tensor teacher, Tensor logScale, double epsilon = Floor)
    {
        Shapes.RequireDimensions(mean, 4);
        Shapes.RequireSame(mean, teacher);
        Shapes.RequireDimensions(logScale, 1);
        using var scope = new TensorScope();
        Tensor variance = (logScale.AtLeastFloat32().Softplus() + epsilon).Reshape([1, -1, 1, 1]);
        return scope.Keep(((mean.AtLeastFloat32() - teacher.AsTarget()).Square() / variance + variance.Log()).Mean() / 2);
    }

    [Golden("vid")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor student = vector["student_feat"], teacher = vector["teacher_feat"];
        using var regressor = new VariationalRegressor(student.Size(1), teacher.Size(1), vector.Number("init_pred_var", 5));
        using IDisposable bound = vector.Bind(regressor);
        (Tensor found, Tensor wanted) = PoolToSmaller(student, teacher);
        return Loss(regressor.Call(found), wanted, vector["log_scale"], vector.Number("eps", Floor));
    }

    /// <summary>The mean's network, three 1×1 convolutions without bias and ReLUs between, with the channels'
    /// variances.</summary>
    private sealed class VariationalRegressor : Module
    {
        private readonly Module[] _layers;

        public VariationalRegressor(long inChannels, long channels, double variance)
        {
            _layers =
            [
                Child("0", new Conv2d(inChannels, channels, 1, bias: false)), Child("1", new Relu()),
                Child("2", new Conv2d(channels, channels, 1, bias: false)), Child("3", new Relu()),
                Child("4", new Conv2d(channels, channels, 1, bias: false)),
            ];
            LogScale = Parameter("log_scale", Tensor.Full([channels], Math.Log(Math.Exp(variance - Floor) - 1)));
        }

        public Parameter LogScale { get; }

        protected override Tensor Forward(Tensor input) => _layers.Aggregate(input, (x, layer) => layer.Call(x));
    }
}

/// <summary>What a recipe may write under <c>vid:</c>.</summary>
public sealed record VariationalInformationOptions() : StageTapOptions(weight: 1)
{
    /// <summary>The variance that every channel begins with.</summary>
    [System.ComponentModel.DataAnnotations.Range(1e-3, 100)]
    public double InitialVariance { get; init; } = 5;
}
