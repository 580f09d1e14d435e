using Retort.Torch;
using Retort.Torch.Nn;
using Buffer = Retort.Torch.Nn.Buffer;

namespace Retort.Models.Graphs;

/// <summary>A layer of a graph isomorphism network: nn((1 + ε) x_v + Σ x_u over those that send to v).</summary>
/// <remarks>
/// <para>Xu et al., "How Powerful are Graph Neural Networks?", ICLR 2019, arXiv:1810.00826, equation 4.1.</para>
/// <para>Nodes [M, in] → [M, out]. State carries PyTorch Geometric's names: <c>eps</c> (a buffer, 0), <c>nn.lins.0</c>,
/// <c>nn.lins.1</c>.</para>
/// </remarks>
internal sealed class GinConv : Module
{
    private readonly Messages _messages;
    private readonly Buffer _epsilon;
    private readonly Module _nn;

    public GinConv(long inFeatures, long outFeatures, Messages messages)
    {
        _messages = messages;
        _epsilon = Buffer("eps", Tensor.Zeros(1));
        _nn = Child("nn", new Layers(inFeatures, outFeatures));
    }

    protected override Tensor Forward(Tensor input) => _nn.Call(((_epsilon.Value + 1) * input) + _messages.Sum(input));

    private sealed class Layers : Module
    {
        private readonly ModuleList _lins;

        public Layers(long inFeatures, long outFeatures) =>
            _lins = Child("lins", new ModuleList(new Linear(inFeatures, outFeatures), new Linear(outFeatures, outFeatures)));

        protected override Tensor Forward(Tensor input) => _lins[1].Call(_lins[0].Call(input).Relu());
    }
}
