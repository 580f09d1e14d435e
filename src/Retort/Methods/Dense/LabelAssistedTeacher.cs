using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Methods.Features;
using Retort.Methods.Logits;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Dense;

/// <summary>The teacher of <c>lad</c>: told the labels twice in different codes, it must say the same, so that it does not merely
/// read them off.</summary>
/// <remarks>
/// <para><b>Paper.</b> Qiu et al., arXiv:2407.13254, section 3.2.</para>
/// <para><b>Equation.</b> CE(z₁, y) + CE(z₂, y) + β (cwd(z₁, z₂) + cwd(z₂, z₁)) over two draws of codes, c_k normal for each
/// image and class and 0.03 of noise a pixel; β 5, the second argument of each cwd a constant, τ 4.</para>
/// <para><b>Needs.</b> Labels [N, H, W] and a network that takes a channel more than the data has. It holds the labels' term: no
/// cross-entropy beside it. No teacher.</para>
/// </remarks>
[Named("lad-dual-path")]
public sealed class LabelAssistedTeacher(LabelAssistedTeacherOptions options) : Criterion(options)
{
    private static readonly string[] Names = ["labelled-once", "labelled-again"];
    private readonly LabelAssistedTeacherOptions _options = options;

    /// <inheritdoc/>
    public override bool IsTask => true;

    /// <inheritdoc/>
    public override IEnumerable<TapRequest> Taps => [new TapRequest(TapRole.Student, _options.Tap, nameof(_options.Tap))];

    /// <inheritdoc/>
    public override IEnumerable<InputRequest> Inputs =>
        Names.Select(name => new InputRequest(name, batch => _options.Labels.Beside(batch), Teacher: false));

    /// <inheritdoc/>
    public override bool ReadsInput(TapRole role) => false;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        RoleSignals first = signals.Student.On(Names[0]), second = signals.Student.On(Names[1]);
        Tensor task = CrossEntropy.Loss(first.Output, signals.Labels) + CrossEntropy.Loss(second.Output, signals.Labels);
        return task + _options.Consistency.At(signals.Clock)
            * ConsistencyLoss(first.Tap(_options.Tap), second.Tap(_options.Tap), _options.Temperature);
    }

    /// <summary>What both say should be the same: each is the other's target.</summary>
    /// <param name="first">A class map, [N, K, H, W]. Gradients flow here.</param>
    /// <param name="second">A class map, of the same shape. Gradients flow here.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ, or have neither three nor four dimensions.</exception>
    public static Tensor ConsistencyLoss(Tensor first, Tensor second, double temperature = 4)
    {
        RequirePositive(temperature);
        using var scope = new TensorScope();
        return scope.Keep(ChannelWise.Loss(first, second, temperature) + ChannelWise.Loss(second, first, temperature));
    }

    [Golden("lad-dual-path")]
    private static GoldenOutputs Golden(GoldenInputs vector) =>
        ConsistencyLoss(vector["path1_logits"], vector["path2_logits"], vector.Number("tau", 4));
}

/// <summary>What a recipe may write under <c>lad-dual-path:</c>.</summary>
public sealed record LabelAssistedTeacherOptions : CriterionOptions
{
    /// <summary>Where the class map is that must agree, before it is brought to the input's size.</summary>
    public TapPath Tap { get; init; } = "head";

    /// <summary>β, the weight of the agreement.</summary>
    [Range(0, double.MaxValue)]
    public Schedule Consistency { get; init; } = 5;

    /// <summary>τ of the agreement.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    public double Temperature { get; init; } = 4;

    /// <summary>How the network is told the labels: codes drawn anew, with the paper's 0.03 of noise.</summary>
    public LabelChannel Labels { get; init; } = new() { Random = true, Noise = 0.03 };
}
