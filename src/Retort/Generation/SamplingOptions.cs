using System.ComponentModel.DataAnnotations;
using Retort.Torch;

namespace Retort.Generation;

/// <summary>How the next token is chosen from a model's logits.</summary>
public sealed record SamplingOptions
{
    /// <summary>By which logits are divided. 0 takes the likeliest token.</summary>
    [Range(0, 1000)]
    public double Temperature { get; init; } = 1;

    /// <summary>Choose among the so many likeliest tokens; more where several are equally likely. The default is all.</summary>
    [Range(1, int.MaxValue)]
    public int? TopK { get; init; }

    /// <summary>The distribution that tokens are drawn from.</summary>
    /// <param name="logits">[…, V], any floating dtype.</param>
    /// <returns>Probabilities, […, V], float32 or wider, without a gradient.</returns>
    public Tensor Probabilities(Tensor logits)
    {
        ArgumentNullException.ThrowIfNull(logits);
        using var scope = new TensorScope();
        Tensor found = logits.Detach().AtLeastFloat32();
        // Of equally likely tokens the first, so that a temperature of 0 leaves nothing to chance.
        if (Temperature == 0)
            return scope.Keep(found.ZerosLike().ScatterInPlace(-1, found.Argmax(-1, keepDim: true), 1));
        found /= Temperature;
        if (TopK is { } count && count < found.Size(-1))
            found = found.MaskedFill(found.Lt(found.TopK(count).Item1.Narrow(-1, count - 1, 1)), double.NegativeInfinity);
        return scope.Keep(found.Softmax(-1));
    }
}
