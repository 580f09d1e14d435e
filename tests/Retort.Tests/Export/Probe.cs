using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Export;

/// <summary>A module whose forward is a function of the input and one weight.</summary>
internal sealed class Probe : Module
{
    private readonly Func<Tensor, Tensor, Tensor> _forward;
    private readonly Parameter _weight;

    public Probe(Func<Tensor, Tensor, Tensor> forward, params long[] weightShape)
    {
        _forward = forward;
        _weight = Parameter("weight", Tensor.Ones(weightShape));
    }

    public Probe(Func<Tensor, Tensor> forward)
        : this((x, _) => forward(x), 1)
    {
    }

    protected override Tensor Forward(Tensor input) => _forward(input, _weight);
}
