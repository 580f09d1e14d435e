using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Export;

/// <summary>Each operator that the exporter writes, alone, in onnxruntime.</summary>
[Collection("default generator")]
public sealed class OnnxOperatorTests(OnnxOperatorTests.Operators operators) : IClassFixture<OnnxOperatorTests.Operators>
{
    private static readonly long[] Image = [4, 8, 8];
    private static readonly long[] Vector = [6];
    private static readonly long[] Sequence = [5, 8];

    private static readonly Tensor Captured = Tensor.From(new float[] { 1, 2, 3, 4, 5, 6 }).Persist();

    private static readonly Dictionary<string, OnnxCase> Cases = new(StringComparer.Ordinal)
    {
        // activations
        ["relu6"] = Of(Sequence, x => x.Relu6() + x.Relu()),
        ["hardtanh"] = Of(Sequence, x => x.Hardtanh(-0.5, 0.7)),
        ["hardswish"] = Of(Sequence, x => x.Hardswish()),
        ["hardsigmoid"] = Of(Sequence, x => x.Hardsigmoid()),
        ["sigmoid-tanh"] = Of(Sequence, x => x.Sigmoid() * x.Tanh()),
        ["leaky-relu"] = Of(Sequence, x => x.LeakyRelu(0.2)),
        ["elu"] = Of(Sequence, x => x.Elu(0.8)),
        ["softplus"] = Of(Sequence, x => x.Softplus()),
        ["softplus-beta"] = Of(Sequence, x => x.Softplus(3.0)),
        ["prelu"] = Made(Image, () => new PRelu(4)),
        ["gelu"] = Of(Sequence, x => x.Gelu()),
        ["gelu-tanh"] = Of(Sequence, x => x.Gelu(approximate: "tanh")),
        ["silu"] = Of(Sequence, x => x.Silu()),
        ["mish"] = Of(Sequence, x => Call("aten::mish", x)),
        ["glu"] = Of(Sequence, x => x.Glu(1 + 1)),
        ["celu-selu"] = Of(Sequence, x => Call("aten::celu", x) + Call("aten::selu", x)),
        ["log-sigmoid"] = Of(Sequence, x => Call("aten::log_sigmoid", x)),
        ["threshold"] = Of(Sequence, x => Call("aten::threshold", x, 0.1, -3.0)),
        ["clamp"] = Of(Sequence, x => x.Clamp(-0.5, 0.25)),
        ["clamp-one-side"] = Of(Sequence, x => x.ClampMin(-0.5) + x.ClampMax(0.5)),
        ["clamp-tensor"] = Weighted(Sequence, (x, w) => x.Clamp(w - 1.5, w), 8),
        ["softmax"] = Of(Sequence, x => x.Softmax(1)),
        ["log-softmax"] = Of(Sequence, x => x.LogSoftmax(-1)),
        ["dropout"] = Made(Vector, () => new Sequential(new Dropout(0.5), new Linear(6, 3))),

        // arithmetic
        ["scalars"] = Of(Vector, x => 2.0 - (x * 3.0 + 1.0) / 4.0 - x),
        ["alpha"] = Of(Vector, x => Call("aten::add", "Tensor", x, x.Tanh(), 0.25)),
        ["rsub"] = Of(Vector, x => Call("aten::rsub", "Scalar", x, 1.5, 2)),
        ["pow"] = Of(Vector, x => x.Abs().Pow(1.7) + x.Square() + x.Pow(2) + x.Abs().Pow(0.5) + (x.Square() + 1).Pow(-1)),
        ["pow-of-scalar"] = Of(Vector, x => Ops.Pow(2.5, x)),
        ["roots"] = Of(Vector, x => (x.Square() + 0.1).Rsqrt() + (x.Square() + 0.1).Sqrt().Reciprocal()),
        ["exp-log"] = Of(Vector, x => x.Exp().Log1p() + (x.Abs() + 1).Log2() + x.Expm1()),
        ["floor"] = Of(Vector, x => x.Floor() + x.Ceil() + x.Round() + x.Sign()),
        ["remainder"] = Of(Vector, x => x.Remainder(0.7)),
        ["floor-divide"] = Of(Vector, x => x.FloorDivide(x.Square() + 0.3)),
        ["minimum-maximum"] = Of(Vector, x => x.Minimum(x.Sin()) - x.Maximum(x.Cos())),
        ["addcmul"] = Of(Vector, x => x.Addcmul(x.Sin(), x.Cos(), 0.5) + x.Lerp(x.Exp(), 0.3)),
        ["integers"] = Tokens([4], 9, x => (x * 3 - 2).Remainder(5).To(DType.Float32) + x.FloorDivide(x + 2)),
        ["integers-divided"] = Tokens([4], 9, x => x / (x + 3)),
        ["mixed-types"] = Tokens([4], 9, x => x * 0.25 + (x > 3).To(DType.Float32)),
        ["double"] = Of(Vector, x => (x.To(DType.Float64) * 2).To(DType.Float32)),

        // comparisons
        ["comparisons"] = Of(Vector, x => ((x > 0).To(DType.Float32) * 2) + (x <= 0.5).To(DType.Float32) + x.Ne(0.0).To(DType.Float32)),
        ["compare-integers"] = Tokens([6], 4, x => x.Eq(2).LogicalOr(x.Lt(1)).LogicalNot().To(DType.Float32) + 1),
        ["is-finite"] = Of(Vector, x => (x / x.Relu()).Log().Isfinite().To(DType.Float32) + 1),
        ["where"] = Of(Vector, x => Ops.Where(x > 0, x * 2, x.Exp())),
        ["where-scalar"] = Of(Vector, x => Ops.Where(x > 0, x, -1.0)),
        ["masked-fill"] = Of(Vector, x => x.MaskedFill(x < 0, -7)),

        // reductions
        ["mean-sum"] = Of(Image, x => x.Mean([2, 3]) + x.Sum([-1, -2])),
        ["mean-of-all"] = Of(Image, x => x + x.Mean() + x.Sum()),
        ["amax-amin"] = Of(Image, x => x.Amax([1]) + x.Amin([1]) + x.Amax([1, 2], keepDim: true).Squeeze(1)),
        ["max-along"] = Of(Image, x => x.Max(1).Item1 + x.Max(1).Item2),
        ["argmax"] = Of(Image, x => x.Argmax(2) + x.Argmin(-1, keepDim: true).Sum([3])),
        ["var"] = Of(Image, x => x.Var([2, 3], unbiased: true, keepDim: true) + x.Std([1], unbiased: false, keepDim: true)),
        ["var-of-batch"] = Of(Vector, x => x / (1 + x.Var([0], unbiased: false))),
        ["norms"] = Of(Image, x => x.Norm(2, [1]) + x.Norm(1, [1]) + x.Norm(3, [1])),
        ["normalize"] = Of(Vector, x => x / x.Norm(2, [1], keepDim: true).ClampMin(1e-12)),
        ["logsumexp"] = Of(Sequence, x => x.LogSumExp([2])),
        ["cumsum"] = Of(Sequence, x => x.Cumsum(1)),
        ["topk"] = Of(Sequence, x => x.TopK(3, 2).Item1 + x.Sort(2, true).Item1.Narrow(2, 0, 3)),
        ["cosine-similarity"] = Of(Sequence, x => Ops.CosineSimilarity(x, x.Exp(), 2)),
        ["any-all"] = Of(Sequence, x => (x > 1).Any(2).To(DType.Float32) + (x > -2).All(2).To(DType.Float32) * 2),

        // shapes
        ["view"] = Of(Image, x => x.Reshape([x.Size(0), -1]).Reshape([x.Size(0), 8, 32])),
        ["batch-in-front"] = Of(Image, x => x.Reshape([x.Size(0) * 4, 8, 8]).Flatten(1)),
        ["batch-kept"] = Of(Image, x => x.Reshape([-1, 64]).Reshape([x.Size(0), 4, 64])),
        ["permute"] = Of(Image, x => x.Permute([0, 2, 3, 1]).Transpose(1, -1).Contiguous()),
        ["expand"] = Weighted(Vector, (x, w) => Ops.Cat([w.Expand([x.Size(0), 1, 3]), x.Reshape([x.Size(0), 2, 3])], 1), 1, 1, 3),
        ["repeat"] = Weighted(Vector, (x, w) => x + w.Repeat([x.Size(0), 2]), 1, 3),
        ["tile"] = Of(Vector, x => x.Repeat([2, 1, 3])),
        ["repeat-interleave"] = Of(Sequence, x => x.RepeatInterleave(3, 1)),
        ["stack"] = Of(Vector, x => Ops.Stack([x, x * 2, x.Exp()], 1)),
        ["meshgrid"] = Of(Vector, x => x.Select(1, 0).Sum() * Grid("ij")[0] + Grid("xy")[1].Transpose(0, 1) + x.Select(1, 1).Unsqueeze(1).Unsqueeze(1)),
        ["captured"] = Of(Vector, x => x * Captured),
        ["chunk"] = Of(Sequence, x => { Tensor[] c = x.Chunk(3, 1); return Ops.Cat([c[2], c[0], c[1]], 1); }),
        ["split"] = Of(Sequence, x => { Tensor[] s = x.Split(2, 1); return Ops.Cat([s[2], s[1], s[0]], 1); }),
        ["unbind"] = Of(Sequence, x => { Tensor[] u = x.Unbind(1); return u[0] * u[4] + u[2]; }),
        ["slice"] = Of(Image, x => x.Slice(2, 1, 7, 2) + x.Slice(2, -3)),
        ["slice-of-batch"] = Of(Vector, x => x * 2 - x.Slice(0, x.Size(0) - 1)),
        ["narrow"] = Of(Image, x => x.Narrow(1, 1, 2) + x.Narrow(1, -2, 2)),
        ["select"] = Of(Image, x => x.Select(2, 3) + x.Select(2, -1)),
        ["squeeze"] = Of(Vector, x => x.Unsqueeze(1).Unsqueeze(-1).Squeeze(1).Squeeze(-1)),
        ["flip"] = Of(Image, x => x.Flip([2, 3]) + x),
        ["roll"] = Of(Image, x => x.Roll([1, -3], [2, 3])),
        ["tril-triu"] = Of(Image, x => x.Tril() - x.Triu(1)),
        ["pixel-shuffle"] = Of(Image, x => x.PixelShuffle(2)),
        ["pixel-unshuffle"] = Of(Image, x => x.PixelUnshuffle(2)),
        ["channel-shuffle"] = Of(Image, x => Call("aten::channel_shuffle", x, 2)),
        ["similarity-of-batch"] = Of(Vector, x => x.MatMul(x.Transpose(0, 1)).Sum([1])),
        ["new-zeros"] = Of(Vector, x => Ops.Cat([x.NewZeros([x.Size(0), 2]), x, x.NewOnes([x.Size(0), 1])], 1)),
        ["arange"] = Of(Vector, x => x * Ops.Arange(0, 6, 1, DType.Float32)),
        ["arange-of-batch"] = Of(Vector, x => x + Ops.Arange(0, x.Size(0), 1, DType.Float32).Unsqueeze(1)),
        ["zeros-filled"] = Of(Vector, x => x + Tensor.Full([6], 0.5)),
        ["in-place"] = Of(Vector, x => { Tensor y = x * 2; y.AddInPlace(x); return y.ReluInPlace(); }),

        // indices
        ["embedding"] = new(() => new Embedding(11, 4), [5], Tokens: 11),
        ["scatter"] = Of(Sequence, x => x.Scatter(2, x.Argmax(2, keepDim: true), 9.0)),
        ["scatter-add"] = Of(Sequence, x => x.ScatterAdd(2, x.Argmin(2, keepDim: true), x.Exp())),
        ["gather"] = Of(Sequence, x => x.Gather(2, x.Argmax(2, keepDim: true))),
        ["index-select"] = Of(Sequence, x => x.IndexSelect(1, Ops.Arange(0, 5, 2, DType.Int64))),
        ["index"] = Of(Sequence, x => x.Index([null, Ops.Arange(0, 3, 1, DType.Int64)])),
        ["index-two"] = Of(
            Sequence, x => x.Transpose(0, 2).Index([Ops.Arange(0, 4, 1, DType.Int64), Ops.Arange(1, 5, 1, DType.Int64)]).Transpose(0, 1)),

        // products
        ["linear-2d"] = Made(Vector, () => new Linear(6, 3)),
        ["linear-3d"] = Made(Sequence, () => new Linear(8, 3, bias: false)),
        ["addmm"] = Weighted(Vector, (x, w) => x.Addmm(x.MatMul(w), w, 0.5, 2.0), 6, 6),
        ["bmm"] = Of(Sequence, x => x.Bmm(x.Transpose(1, 2)).Baddbmm(x, x.Transpose(1, 2), 0.5, 0.25)),
        ["matrix-by-vector"] = Weighted(Sequence, (x, w) => x.MatMul(w), 8),
        ["einsum"] = Weighted(Sequence, (x, w) => Ops.Einsum("n t d, o d -> n o t", [x, w]), 3, 8),
        ["attention"] = Of(Sequence, x => Attention(x, causal: false)),
        ["attention-causal"] = Of(Sequence, x => Attention(x, causal: true)),
        ["multihead"] = Made(Sequence, () => new MultiheadAttention(8, 2)),
    };

    public static TheoryData<string> Names() => [.. Cases.Keys];

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public void An_operator_gives_the_same_in_onnxruntime(string name) => operators.Require(name);

    private static Tensor[] Grid(string indexing) => (Tensor[])new Operator("aten::meshgrid", "indexing").Call(
        new Tensor[] { Ops.Arange(0, 3, 1, DType.Float32), Ops.Arange(0, 4, 1, DType.Float32) }, indexing)[0]!;

    private static OnnxCase Of(long[] shape, Func<Tensor, Tensor> forward) => new(() => new Probe(forward), shape);

    private static OnnxCase Tokens(long[] shape, int tokens, Func<Tensor, Tensor> forward) => new(() => new Probe(forward), shape, tokens);

    private static OnnxCase Weighted(long[] shape, Func<Tensor, Tensor, Tensor> forward, params long[] weight) =>
        new(() => new Probe(forward, weight), shape);

    private static OnnxCase Made(long[] shape, Func<Module> create) => new(create, shape);

    private static Tensor Attention(Tensor x, bool causal) =>
        Call("aten::_scaled_dot_product_attention", string.Empty, x, x.Sin(), x.Exp(), null, 0.0, false, causal);

    private static Tensor Call(string name, Tensor x, params object?[] arguments) => Call(name, string.Empty, [x, .. arguments]);

    private static Tensor Call(string name, string overload, params object?[] arguments) =>
        (Tensor)new Operator(name, overload).Call(arguments)[0]!;

    public sealed class Operators() : OnnxAgreement(Cases);
}
