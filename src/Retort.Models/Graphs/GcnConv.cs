using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Models.Graphs;

/// <summary>A graph convolution: each node's linear image, averaged with its neighbours' by the weights of the edges, plus a
/// bias.</summary>
/// <remarks>
/// <para>Kipf and Welling, arXiv:1609.02907, equation 2; the network decides what edges weigh. Nodes [V, in] → [V, out].</para>
/// <para>Parameters carry PyTorch Geometric's names: <c>bias</c> (zeros at first), <c>lin.weight</c> (uniform as of Glorot and
/// Bengio).</para>
/// </remarks>
internal sealed class GcnConv : Module
{
    private readonly Messages _messages;
    private readonly Parameter _bias;
    private readonly Module _lin;

    public GcnConv(long inFeatures, long outFeatures, Messages messages)
    {
        _messages = messages;
        _bias = Parameter("bias", Tensor.Zeros(outFeatures));
        var lin = new Linear(inFeatures, outFeatures, bias: false);
        Init.XavierUniform(lin.Weight);
        _lin = Child("lin", lin);
    }

    protected override Tensor Forward(Tensor input) => _messages.Sum(_lin.Call(input)) + _bias.Value;
}
