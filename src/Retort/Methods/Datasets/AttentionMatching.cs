using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Methods.Datasets;

/// <summary>Distribution matching of where randomly drawn networks look: their spatial attention after every ReLU.</summary>
/// <remarks>
/// <para><b>Paper.</b> Sajedi et al., "DataDAM: Efficient Dataset Distillation with Attention Matching", ICCV 2023,
/// arXiv:2310.00093, equations 3 to 5.</para>
/// <para><b>Equation.</b> λ (Σ_l Σ_c ‖mean a_l(R_c) − mean a_l(S_c)‖² + τ Σ_c ‖mean z(R_c) − mean z(S_c)‖²) with a_l(x) the sum
/// over channels of |F_l|^p, flattened and of length 1 for each sample, over all ReLUs but the last;
/// z is the last feature.</para>
/// <para><b>Needs.</b> A role's network with ReLUs, and labelled data.</para>
/// <para><b>Variants.</b> The paper's text has p = 4, its code p = 1, which is the default here. λ = 100 as in the code.</para>
/// </remarks>
[Method("datadam", Title = "DataDAM", Family = MethodFamily.Dataset, Year = 2023, Paper = "arXiv:2310.00093",
    Recipe = "methods/condensation.yaml")]
public sealed class AttentionMatching(AttentionMatchingOptions options) : DistributionMatching(options)
{
    private const double SmallestNorm = 1e-12;
    private readonly AttentionMatchingOptions _options = options;
    private TapPath[] _maps = [];

    /// <inheritdoc/>
    protected override void Prepare()
    {
        string[] activations = [.. Setup.Network!.PathsOf<Relu>()];
        if (activations.Length < 2)
            throw new ArgumentException($"'{Setup.Network.Name}' has {activations.Length} ReLUs; attention needs two or more.");
        _maps = [.. activations[..^1].Select(TapPath.Parse)];
        Setup.Network.Tap([.. _maps, TapPath.LastFeature]);
    }

    /// <inheritdoc/>
    protected override Tensor Loss(RoleSignals made, RoleSignals real, long[] madeSizes, long[] realSizes)
    {
        ArgumentNullException.ThrowIfNull(made);
        ArgumentNullException.ThrowIfNull(real);
        Tensor attention = _maps
            .Select(m => MeanDistance(
                Attention(made.Tap(m), _options.Power), Attention(real.Tap(m), _options.Power), madeSizes, realSizes))
            .Aggregate((a, b) => a + b);
        return (attention + base.Loss(made, real, madeSizes, realSizes) * _options.OutputWeight) * _options.Scale;
    }

    /// <summary>Where a network looks: |F|^p summed over channels, of length 1 for each sample.</summary>
    /// <param name="maps">[N, C, H, W], any floating dtype.</param>
    /// <param name="power">p, above 0.</param>
    /// <returns>[N, H·W], float32 or wider; zeros for a map of zeros.</returns>
    /// <exception cref="ShapeException">It is not [N, C, H, W].</exception>
    public static Tensor Attention(Tensor maps, double power = 1)
    {
        Shapes.RequireDimensions(maps, 4);
        using var scope = new TensorScope();
        Tensor sums = maps.AtLeastFloat32().Abs().Pow(power).Sum([1]).Flatten(startDim: 1);
        return scope.Keep(sums / sums.Norm(2, [1], keepDim: true).ClampMin(SmallestNorm));
    }

    [Golden("datadam")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        int classes = vector.Integer("num_classes");
        double power = vector.Number("exp", 1), scale = vector.Number("scale", 100);
        Tensor Distance(Tensor made, Tensor real) => MeanDistance(made, real, Equal(made, classes), Equal(real, classes)) * scale;
        Tensor attention = Distance(Attention(vector["feat_syn"], power), Attention(vector["feat_real"], power));
        Tensor output = Distance(vector["out_syn"], vector["out_real"]) * vector.Number("task_balance", 0.01);
        return new GoldenOutputs
        {
            ["loss"] = attention + output,
            ["attention_loss"] = attention,
            ["output_loss"] = output,
            ["attention_syn"] = Attention(vector["feat_syn"], power),
            ["attention_syn_exp4"] = Attention(vector["feat_syn"], 4),
        };
    }
}

/// <summary>What a recipe may write under <c>datadam:</c>.</summary>
public sealed record AttentionMatchingOptions : DistributionMatchingOptions
{
    /// <summary>p, the power of activations.</summary>
    [Range(0, 16, MinimumIsExclusive = true)]
    public double Power { get; init; } = 1;

    /// <summary>τ, the share of the last feature's distance.</summary>
    [Range(0, double.MaxValue)]
    public double OutputWeight { get; init; } = 0.01;

    /// <summary>λ, the factor of the whole loss.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double Scale { get; init; } = 100;
}
