using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Federation.Attacks;

/// <summary>It sends zeros.</summary>
[Named("zero")]
public sealed record ZeroAttack : AttackOptions
{
    /// <inheritdoc/>
    public override void Tamper(Module model, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(model);
        using GradMode off = Autograd.NoGrad();
        foreach (Parameter parameter in model.Parameters())
            parameter.Value.ZeroInPlace();
    }
}
