using System.ComponentModel.DataAnnotations;
using Retort.Data;
using Retort.Data.Transforms;
using Retort.Distillation;
using Retort.Golden;
using Retort.Synthesis;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Methods.Datasets;

/// <summary>Samples that a trained network classifies well and whose statistics are those that its batch norms
/// remember.</summary>
/// <remarks>
/// <para><b>Paper.</b> Yin, Xing and Shen, "Squeeze, Recover and Relabel", NeurIPS 2023, arXiv:2306.13092, equations 5
/// to 9.</para>
/// <para><b>Equation.</b> CE(f(A(x)), y) + r Σ_l m_l (‖var_l − rv_l‖ + ‖mean_l − rm_l‖), summed over teachers; mean and biased
/// variance of the input of batch norm l over the batch and its positions, plain L2 norms of channel vectors; m_0 = 10, else 1.
/// A is a random crop, resized, a flip and a roll, one draw a teacher and step. Pixels are clamped to their range after each
/// step.</para>
/// <para><b>Needs.</b> Teachers with batch norms. All samples are one batch, which mixes the classes: the statistics are of it.
/// Soft labels: <c>labels_from</c> gives each sample one; a train stage with the teacher and <c>kd</c> gives each augmented view
/// one.</para>
/// <para><b>Variants.</b> Priors of total variation and of the norm are 0 in the published recipe. Its students have no τ² in
/// their loss: give <c>kd</c> the weight 1/τ².</para>
/// </remarks>
[Method("sre2l", Title = "Squeeze, recover, relabel", Family = MethodFamily.Dataset, Year = 2023, Paper = "arXiv:2306.13092",
    Recipe = "methods/inversion.yaml")]
public class ModelInversion(ModelInversionOptions options) : Synthesizer
{
    private readonly ModelInversionOptions _options = options;
    private TapPath[][] _norms = [];
    private double[] _shares = [];

    /// <inheritdoc/>
    public override bool NeedsRole => false;

    /// <inheritdoc/>
    public override bool NeedsTeacher => true;

    /// <inheritdoc/>
    protected override void Prepare()
    {
        _norms = [.. Setup.Teachers.Select(t => t.PathsOf<BatchNorm>().Select(p => TapPath.Parse(p + "@input")).ToArray())];
        int without = Array.FindIndex(_norms, n => n.Length == 0);
        if (without >= 0)
        {
            throw new ArgumentException(
                $"'{Setup.Teachers[without].Name}' has no batch norms, whose statistics the samples should have.");
        }
        if (_options.TeacherAccuracies.Count is var given && given != 0 && given != Setup.Teachers.Count)
        {
            throw new ArgumentException(
                $"{given} accuracies stand beside {Setup.Teachers.Count} teachers; there must be one for each.");
        }
        for (int k = 0; k < _norms.Length; k++)
            Setup.Teachers[k].Tap(_norms[k]);
        _shares = given == 0 ? [.. _norms.Select(_ => 1.0)] : Shares(_options.TeacherAccuracies, _options.VotingTemperature);
    }

    /// <inheritdoc/>
    public override Tensor Backward(long step)
    {
        double least = _options.MinArea.At(new StepClock(step, Setup.Steps, 1));
        var crop = new RandomResizedCrop(new RandomResizedCropOptions { MinArea = least });
        Tensor total = Tensor.Zeros(1);
        for (int k = 0; k < Setup.Teachers.Count; k++)
        {
            using var scope = new TensorScope();
            RandomStream random = RandomStream.Derive(Setup.Seed, 0x5E2, (ulong)step, (ulong)k);
            Tensor loss = (LossOf(k, Look(crop, random)) + Priors()) * _shares[k];
            Accumulate(loss);
            total.AddInPlace(loss.Detach());
        }

        return total;
    }

    /// <inheritdoc/>
    public override void Moved(long step)
    {
        using GradMode off = Autograd.NoGrad();
        Setup.Images.CopyInPlace(Setup.Images.Maximum(Setup.Range.Least).Minimum(Setup.Range.Greatest));
    }

    /// <summary>How far a batch's statistics are from remembered ones: ‖mean − rm‖ + w ‖var − rv‖, plain L2 norms.</summary>
    /// <param name="input">What goes into a batch norm, [N, C, …]. Gradients flow here.</param>
    /// <param name="mean">rm, [C].</param>
    /// <param name="variance">rv, [C].</param>
    /// <param name="varianceWeight">w.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The channels differ.</exception>
    public static Tensor StatisticsDistance(Tensor input, Tensor mean, Tensor variance, double varianceWeight = 1)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(mean);
        Shapes.RequireBatched(input, atLeast: 2);
        Shapes.RequireSame(mean, variance);
        if (mean.Dimensions != 1 || mean.Size(0) != input.Size(1))
            throw new ShapeException($"'input' {Shapes.Text(input)} and 'mean' {Shapes.Text(mean)} must have the same channels.");
        using var scope = new TensorScope();
        long[] over = [0, .. Enumerable.Range(2, input.Dimensions - 2).Select(d => (long)d)];
        Tensor wide = input.AtLeastFloat32();
        return scope.Keep(
            (wide.Mean(over) - mean.Detach()).Norm(2)
            + (wide.Var(over, unbiased: false) - variance.Detach()).Norm(2) * varianceWeight);
    }

    /// <summary>How rough pictures are: the differences to neighbours right, below and on both diagonals.</summary>
    /// <param name="images">[N, C, H, W]. Gradients flow here.</param>
    /// <param name="squared">Sum the L2 norm of each whole tensor of differences; otherwise the mean of absolute ones.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ShapeException">They are not [N, C, H, W].</exception>
    public static Tensor TotalVariation(Tensor images, bool squared = true)
    {
        Shapes.RequireDimensions(images, 4);
        using var scope = new TensorScope();
        long h = images.Size(2) - 1, w = images.Size(3) - 1;
        Tensor Part(long y, long x, long height, long width) => images.Narrow(2, y, height).Narrow(3, x, width);
        Tensor[] differences =
        [
            Part(0, 0, h + 1, w) - Part(0, 1, h + 1, w),
            Part(0, 0, h, w + 1) - Part(1, 0, h, w + 1),
            Part(1, 0, h, w) - Part(0, 1, h, w),
            Part(0, 0, h, w) - Part(1, 1, h, w),
        ];
        return scope.Keep(differences.Select(d => squared ? d.Norm(2) : d.Abs().Mean()).Aggregate((a, b) => a + b));
    }

    /// <summary>The mean length of pictures as vectors.</summary>
    /// <param name="images">[N, …]. Gradients flow here.</param>
    public static Tensor MeanNorm(Tensor images)
    {
        ArgumentNullException.ThrowIfNull(images);
        using var scope = new TensorScope();
        return scope.Keep(images.Flatten(startDim: 1).Norm(2, [1]).Mean());
    }

    /// <summary>What each teacher's loss counts: softmax of accuracies in percent over a temperature.</summary>
    /// <param name="accuracies">In percent, one a teacher.</param>
    /// <param name="temperature">Above 0; at 5, three points of difference give 0.65 to 0.35.</param>
    public static double[] Shares(IReadOnlyList<double> accuracies, double temperature)
    {
        ArgumentNullException.ThrowIfNull(accuracies);
        double most = accuracies.Max();
        double[] raised = [.. accuracies.Select(a => Math.Exp((a - most) / temperature))];
        return [.. raised.Select(r => r / raised.Sum())];
    }

    private Tensor LossOf(int teacher, Tensor images)
    {
        Surrogate network = Setup.Teachers[teacher];
        IReadOnlyDictionary<string, Tensor> state = network.State;
        RoleSignals signals = network.Run(images);
        Tensor loss = signals.Logits.CrossEntropyLoss(Setup.Labels);
        for (int l = 0; l < _norms[teacher].Length; l++)
        {
            TapPath tap = _norms[teacher][l];
            Tensor distance = StatisticsDistance(
                signals.Tap(tap), state[tap.Path + ".running_mean"], state[tap.Path + ".running_var"], _options.VarianceWeight);
            loss += distance * (_options.StatisticsWeight * (l == 0 ? _options.FirstWeight : 1));
        }

        return loss;
    }

    private Tensor Priors()
    {
        Tensor loss = Tensor.Zeros(DType.Float32, ReadOnlySpan<long>.Empty).To(Setup.Images.Device);
        if (_options.TotalVariation > 0)
            loss += TotalVariation(Setup.Images) * _options.TotalVariation;
        if (_options.Norm > 0)
            loss += MeanNorm(Setup.Images) * _options.Norm;
        return loss;
    }

    // One draw for the batch, as the published code has it.
    private Tensor Look(RandomResizedCrop crop, RandomStream random)
    {
        ulong drawn = random.NextUInt64();
        Tensor images = crop.Transform(
            Setup.Images, [.. Enumerable.Range(0, (int)Setup.Images.Size(0)).Select(_ => new RandomStream(drawn))]);
        if (_options.Flip && random.NextBoolean())
            images = images.Flip(3);
        return images.Roll([random.NextInt(_options.Jitter + 1), random.NextInt(_options.Jitter + 1)], [2, 3]);
    }

    [Golden("sre2l-bn")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor x = vector["x"], mean = vector["running_mean"], variance = vector["running_var"];
        Tensor distance = StatisticsDistance(x, mean, variance);
        Tensor weighted = StatisticsDistance(x, mean, variance, vector.Number("r_var"));
        Tensor Values(Func<double, double, double> value) => Tensor.From<double>(
            [.. vector.Numbers("mean0").Zip(vector.Numbers("std0"), value)], 1, x.Size(1), 1, 1).To(x.DType);
        return new GoldenOutputs
        {
            ["loss"] = distance,
            ["r_feature"] = distance,
            ["r_feature_rvar"] = weighted,
            ["grad_rvar:x"] = Autograd.Grad(weighted, [x], retainGraph: true)[0],
            ["tv_l1"] = TotalVariation(x, squared: false),
            ["tv_l2"] = TotalVariation(x),
            ["l2"] = MeanNorm(x),
            ["clipped"] = (x * 3).Maximum(Values((m, s) => -m / s)).Minimum(Values((m, s) => (1 - m) / s)),
        };
    }

    [Golden("cv-dd")]
    private static GoldenOutputs Committee(GoldenInputs vector) => new()
    {
        ["weights"] = Tensor.From(Shares(
            vector["prior_accuracy_percent"].To(DType.Float64).ToArray<double>(), vector.Number("temperature"))),
    };
}

/// <summary>What a recipe may write under <c>sre2l:</c>.</summary>
public record ModelInversionOptions : SynthesizerOptions
{
    /// <summary>r, what the distance of statistics counts beside the cross-entropy.</summary>
    [Range(0, double.MaxValue)]
    public double StatisticsWeight { get; init; } = 0.01;

    /// <summary>m_0, what the first batch norm counts more than the others.</summary>
    [Range(0, double.MaxValue)]
    public double FirstWeight { get; init; } = 10;

    /// <summary>What variances count beside means.</summary>
    [Range(0, double.MaxValue)]
    public double VarianceWeight { get; init; } = 1;

    /// <summary>Smallest share of a picture's area that a crop shows, which may change over the steps.</summary>
    [Range(0.01, 1)]
    public virtual Schedule MinArea { get; init; } = Schedule.Constant(0.08);

    /// <summary>Largest roll of pictures, in pixels; 32 at 224 × 224, 4 at 32 × 32.</summary>
    [Range(0, 1 << 12)]
    public int Jitter { get; init; } = 4;

    /// <summary>Whether half of the looks are mirrored.</summary>
    public bool Flip { get; init; } = true;

    /// <summary>What roughness counts: the four total variations of the pictures.</summary>
    [Range(0, double.MaxValue)]
    public double TotalVariation { get; init; }

    /// <summary>What the mean length of pictures counts.</summary>
    [Range(0, double.MaxValue)]
    public double Norm { get; init; }

    /// <summary>For each teacher the accuracy, in percent, of a student trained on what is made from it alone: better ones count
    /// more (committee voting, arXiv:2501.07575). The default is one weight for all.</summary>
    public IReadOnlyList<double> TeacherAccuracies { get; init; } = [];

    /// <summary>The temperature of their softmax.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    public double VotingTemperature { get; init; } = 5;
}
