using System.ComponentModel.DataAnnotations;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Federation.Attacks;

/// <summary>It sends its parameters with normal noise added.</summary>
[Named("noise")]
public sealed record NoiseAttack : AttackOptions
{
    /// <summary>The noise's standard deviation.</summary>
    [Range(0, 1e6, MinimumIsExclusive = true)]
    public double Deviation { get; init; } = 1;

    /// <inheritdoc/>
    public override void Tamper(Module model, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        using var generator = new Generator(seed);
        foreach (Parameter parameter in model.Parameters())
        {
            parameter.Value.AddInPlace(
                Tensor.Randn(generator, [.. parameter.Value.Shape]).To(parameter.Value.Device) * Deviation);
        }
    }
}
