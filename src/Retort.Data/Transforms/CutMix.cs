using System.ComponentModel.DataAnnotations;
using Retort.Torch;

namespace Retort.Data.Transforms;

/// <summary>Pastes a rectangle of one picture into another, and mixes their labels by area.</summary>
/// <remarks>
/// <para>Yun et al., "CutMix", ICCV 2019, arXiv:1905.04899, section 3.1: the area's share is from Beta(α, α), and the labels take
/// the share that is left after the rectangle has been cut off at the border.</para>
/// <para>Input [N, C, H, W] stays in shape; targets [N, K] are set. One rectangle a batch.</para>
/// </remarks>
public sealed class CutMix(CutMixOptions options, int classes) : MixTransform(classes, options.Probability)
{
    private protected override (Tensor Input, double Share) Mix(Tensor input, Tensor partners, RandomStream random)
    {
        Shapes.RequireDimensions(input, 4);
        int height = (int)input.Size(2);
        int width = (int)input.Size(3);
        double side = Math.Sqrt(1 - random.NextBeta(options.Alpha, options.Alpha));
        int x = random.NextInt(width);
        int y = random.NextInt(height);
        int left = Math.Clamp(x - ((int)(width * side) / 2), 0, width);
        int right = Math.Clamp(x + ((int)(width * side) / 2), 0, width);
        int top = Math.Clamp(y - ((int)(height * side) / 2), 0, height);
        int bottom = Math.Clamp(y + ((int)(height * side) / 2), 0, height);
        var pasted = new float[height * width];
        for (int row = top; row < bottom; row++)
            pasted.AsSpan((row * width) + left, right - left).Fill(1);
        Tensor mask = Tensor.From(pasted, 1, 1, height, width).To(input.Device) > 0.5;
        double share = 1 - ((double)(right - left) * (bottom - top) / ((double)height * width));
        return (Ops.Where(mask, partners, input), share);
    }
}

/// <summary>What a recipe may write under <c>cutmix:</c>.</summary>
[Transform("cutmix")]
public sealed record CutMixOptions : TransformOptions
{
    /// <summary>α of the Beta distribution. The paper uses 1, which makes all areas equally likely.</summary>
    [Shorthand, Range(1e-3, 100.0)]
    public double Alpha { get; init; } = 1;

    /// <summary>Share of the batches that are mixed. The paper uses 0.5 on CIFAR and 1 on ImageNet.</summary>
    [Range(0.0, 1.0)]
    public double Probability { get; init; } = 0.5;

    /// <inheritdoc/>
    public override IBatchTransform Create(int classes) => new CutMix(this, classes);
}
