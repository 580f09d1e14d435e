using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Methods.Features;

/// <summary>An auto-encoder learns to reconstruct a network's map from fewer channels: what <c>ft</c> needs of its
/// teacher.</summary>
/// <remarks>
/// <para><b>Paper.</b> Kim, Park and Kwak, "Paraphrasing Complex Network: Network Compression via Factor Transfer", NeurIPS 2018,
/// arXiv:1802.04977.</para>
/// <para><b>Equation.</b> The mean over all elements of (F − decoder(encoder(F)))².</para>
/// <para><b>Needs.</b> A feature map [N, C, H, W] of the role that the stage trains: the teacher, with <c>init_from</c> and
/// <c>freeze: [.]</c>, so that the auto-encoder alone learns. No gradient goes into the map.</para>
/// </remarks>
[Named("ft-paraphraser")]
public sealed class FactorParaphraser(FactorParaphraserOptions options) : Criterion(options)
{
    private readonly FactorParaphraserOptions _options = options;
    private Sequential? _encoder;
    private Sequential? _decoder;

    /// <inheritdoc/>
    public override bool NeedsTeacher => false;

    /// <inheritdoc/>
    public override void Prepare(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        Tensor map = signals.Student.Tap(_options.StudentTap);
        Shapes.RequireDimensions(map, 4);
        long channels = map.Size(1), factors = FactorTransfer.FactorsOf(channels, _options.Rate);
        _encoder = Own("encoder", FactorTransfer.Encoder(channels, factors));
        _decoder = Own("decoder", FactorTransfer.Decoder(channels, factors));
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        Tensor map = signals.Student.Tap(_options.StudentTap).Detach();
        return _decoder!.Call(_encoder!.Call(map)).AtLeastFloat32().MseLoss(map.AtLeastFloat32());
    }
}

/// <summary>What a recipe may write under <c>ft-paraphraser:</c>.</summary>
public sealed record FactorParaphraserOptions : CriterionOptions
{
    /// <summary>Module path in the network whose map is paraphrased: what <c>ft</c> calls teacher_tap.</summary>
    public TapPath StudentTap { get; init; } = TapPath.LastStage;

    /// <summary>k, factors as a share of the channels.</summary>
    [Range(0, 16, MinimumIsExclusive = true)]
    public double Rate { get; init; } = 0.5;
}
