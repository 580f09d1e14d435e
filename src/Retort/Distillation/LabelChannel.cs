using System.ComponentModel.DataAnnotations;
using Retort.Data;
using Retort.Torch;

namespace Retort.Distillation;

/// <summary>The classes of pixels as one more channel of the input: what a teacher may be told and a student may not.</summary>
/// <remarks>
/// <para>Qiu et al., "Make a Strong Teacher with Label Assistance", ECCV 2024, arXiv:2407.13254: each class has a code, a number;
/// a pixel gets its class's code and noise, times a scale.</para>
/// <para>Codes are the same for all images, c_k = (k − ⌊K/2⌋) / 10, or drawn anew for each image from the normal distribution.
/// The last of the K codes belongs to pixels that do not count.</para>
/// </remarks>
public sealed record LabelChannel
{
    /// <summary>K, classes and one more for pixels that do not count. The default is that of the paper's 21 classes.</summary>
    [Range(2, 1 << 20)]
    public int Codes { get; init; } = 22;

    /// <summary>Deviation of each pixel's noise.</summary>
    [Range(0, double.MaxValue)]
    public double Noise { get; init; } = 0.02;

    /// <summary>What codes and noise are multiplied by. The default is the authors' 100 for pixels up to 255, in deviations of an
    /// image that is normalised.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double Scale { get; init; } = 1.3;

    /// <summary>Whether codes are drawn anew for each image.</summary>
    public bool Random { get; init; }

    /// <summary>The batch's input with the labels' channel, [N, C + 1, H, W].</summary>
    /// <param name="batch">Pictures [N, C, H, W] with labels [N, H, W].</param>
    /// <param name="generator">What codes and noise are drawn from; null for the default generator.</param>
    /// <exception cref="ShapeException">The labels are no [N, H, W] of the input's size.</exception>
    /// <exception cref="ArgumentException">A label has no code.</exception>
    public Tensor Beside(Batch batch, Generator? generator = null)
    {
        ArgumentNullException.ThrowIfNull(batch);
        Tensor input = batch.Input, labels = batch.Labels;
        if (input.Dimensions != 4 || labels.Dimensions != 3 || input.Size(0) != labels.Size(0)
            || !input.Shape.AsSpan(2).SequenceEqual(labels.Shape.AsSpan(1)))
        {
            throw new ShapeException(
                $"'labels' {Shapes.Text(labels)} must be a class for each pixel of 'input' {Shapes.Text(input)}: [N, H, W].");
        }

        using var scope = new TensorScope();
        long count = input.Size(0), most = labels.Max().ToInt64();
        if (most >= Codes - 1)
            throw new ArgumentException($"a label is {most}; {Codes} codes serve labels 0 to {Codes - 2}.", nameof(batch));
        Tensor places = Ops.Where(labels.Eq(Dataset.NoLabel), Codes - 1, labels).Flatten(1);               // [N, H·W]
        Tensor codes = Random
            ? Normal(count, Codes)
            : ((Ops.Arange(0, Codes, 1, input.DType, input.Device) - Codes / 2) / 10).Unsqueeze(0).Expand([count, Codes]);
        Tensor channel = codes.Gather(1, places).Reshape([count, 1, input.Size(2), input.Size(3)]);
        Tensor noisy = (channel + Normal(count, 1, input.Size(2), input.Size(3)) * Noise) * Scale;
        return scope.Keep(Ops.Cat([input, noisy], 1));

        Tensor Normal(params long[] shape) => generator is null
            ? input.NewZeros(shape).RandnLike()
            : Tensor.Randn(generator, shape).To(input.DType).To(input.Device);
    }
}
