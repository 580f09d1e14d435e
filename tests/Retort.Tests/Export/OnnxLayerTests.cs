using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Export;

/// <summary>Convolutions, poolings, normalisations and recurrent layers, each alone, in onnxruntime.</summary>
[Collection("default generator")]
public sealed class OnnxLayerTests(OnnxLayerTests.Layers layers) : IClassFixture<OnnxLayerTests.Layers>
{
    private static readonly long[] Image = [4, 9, 8];
    private static readonly long[] Sequence = [5, 8];
    private static readonly long[] Volume = [2, 5, 6, 4];

    private static readonly Dictionary<string, OnnxCase> Cases = new(StringComparer.Ordinal)
    {
        ["conv2d"] = Made(Image, () => new Conv2d(4, 6, 3, stride: 2, padding: 1)),
        ["conv2d-groups"] = Made(Image, () => new Conv2d(4, 8, 3, padding: 2, dilation: 2, groups: 4, bias: false)),
        ["conv2d-reflect"] = Made(Image, () => new Conv2d(4, 2, 3, padding: 1, mode: PaddingMode.Reflect)),
        ["conv2d-replicate"] = Made(Image, () => new Conv2d(4, 2, 3, padding: 1, mode: PaddingMode.Replicate)),
        ["conv2d-same"] = Weighted(Image, (x, w) => Call("aten::conv2d", "padding", x, w, null, new long[] { 1, 1 }, "same"), 3, 4, 4, 3),
        ["conv1d"] = Made(Sequence, () => new Conv1d(5, 3, 3, padding: 1)),
        ["conv3d"] = Weighted(
            Volume, (x, w) => Call("aten::conv3d", "", x, w, null, new long[] { 1, 2, 1 }, new long[] { 1, 1, 0 }), 3, 2, 3, 3, 3),
        ["conv-transpose2d"] = Made(Image, () => new ConvTranspose2d(4, 6, 3, stride: 2, padding: 1, outputPadding: 1)),
        ["conv-transpose2d-groups"] = Made(Image, () => new ConvTranspose2d(4, 6, 2, stride: 2, groups: 2)),
        ["conv-transpose1d"] = Made(Sequence, () => new ConvTranspose1d(5, 3, 4, stride: 2, padding: 1)),

        ["max-pool"] = Made(Image, () => new MaxPool2d(3, stride: 2, padding: 1)),
        ["max-pool-ceiling"] = Made(Image, () => new MaxPool2d(2, stride: 2, ceiling: true)),
        ["max-pool-dilated"] = Of(Image, x => x.MaxPool2d(2, 1, 0, 2)),
        ["average-pool"] = Of(Image, x => x.AvgPool2d(3, 2, 1)),
        ["average-pool-uncounted"] = Of(Image, x => x.AvgPool2d(3, 2, 1, countIncludePad: false)),
        ["average-pool-ceiling"] = Of(Image, x => x.AvgPool2d(2, 2, 0, ceilMode: true)),
        ["average-pool-divisor"] = Of(Image, x => x.AvgPool2d(2, 1, 0, divisorOverride: 3)),
        ["adaptive-one"] = Made(Image, () => new AdaptiveAvgPool2d(1)),
        ["adaptive-dividing"] = Of(Image, x => x.AdaptiveAvgPool2d([3, 4])),
        ["adaptive-overlapping"] = Of(Image, x => x.AdaptiveAvgPool2d([7, 5])),
        ["adaptive-1d"] = Made(Sequence, () => new AdaptiveAvgPool1d(3)),
        ["adaptive-max"] = Made(Image, () => new AdaptiveMaxPool2d([3, 4])),

        ["batch-norm"] = Made(Image, () => new BatchNorm2d(4)),
        ["batch-norm-vectors"] = Made([6], () => new BatchNorm1d(6)),
        ["batch-norm-plain"] = Made(Image, () => new BatchNorm2d(4, new BatchNormOptions { Affine = false })),
        ["batch-norm-of-batch"] = Made(Image, () => new BatchNorm2d(4, new BatchNormOptions { TrackRunningStats = false })),
        ["layer-norm"] = Made(Sequence, () => new LayerNorm(8)),
        ["group-norm"] = Made(Image, () => new GroupNorm(2, 4)),
        ["instance-norm"] = Made(Image, () => new InstanceNorm2d(4)),
        ["instance-norm-tracking"] = Made(
            Image, () => new InstanceNorm2d(4, new BatchNormOptions { Affine = true, TrackRunningStats = true })),
        ["rms-norm"] = Made(Sequence, () => new RmsNorm(8)),

        ["upsample-nearest"] = Made(Image, () => Upsample.ByFactor(2)),
        ["upsample-nearest-size"] = Made(Image, () => Upsample.ToSize([13, 5])),
        ["upsample-bilinear"] = Made(Image, () => Upsample.ByFactor(2, UpsampleMode.Bilinear)),
        ["upsample-bilinear-uneven"] = Made(Image, () => Upsample.ByFactor(1.7, UpsampleMode.Bilinear)),
        ["upsample-bilinear-corners"] = Made(Image, () => Upsample.ToSize([17, 12], UpsampleMode.Bilinear, alignCorners: true)),
        ["upsample-bicubic"] = Of(Image, x => x.UpsampleBicubic2d([14, 11], false)),
        ["grid-sample"] = Of(Image, x => Ops.GridSampler(
            x, Ops.Stack([x.Select(1, 0).Tanh(), x.Select(1, 1).Tanh()], 3), 0, 0, false)),
        ["pad"] = Of(Image, x => x.Pad([1, 2, 0, 1], "constant", 0.5)),
        ["pad-circular"] = Of(Image, x => x.Pad([1, 2, 3, 0], "circular")),

        ["lstm"] = Made(Sequence, () => new Lstm(8, 6, new RecurrentOptions { BatchFirst = true })),
        ["lstm-deep"] = Made(Sequence, () => new Lstm(8, 6, new RecurrentOptions { BatchFirst = true, Layers = 2, Bidirectional = true })),
        ["lstm-no-bias"] = Made(Sequence, () => new Lstm(8, 6, new RecurrentOptions { BatchFirst = true, Bias = false })),
        ["lstm-states"] = Made(Sequence, () => new FinalStates(new Lstm(8, 3, new RecurrentOptions { BatchFirst = true, Layers = 2 }))),
        ["gru"] = Made(Sequence, () => new Gru(8, 6, new RecurrentOptions { BatchFirst = true })),
        ["gru-deep"] = Made(Sequence, () => new Gru(8, 6, new RecurrentOptions { BatchFirst = true, Layers = 2, Bidirectional = true })),
    };

    public static TheoryData<string> Names() => [.. Cases.Keys];

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public void A_layer_gives_the_same_in_onnxruntime(string name) => layers.Require(name);

    private static OnnxCase Of(long[] shape, Func<Tensor, Tensor> forward) => new(() => new Probe(forward), shape);

    private static OnnxCase Weighted(long[] shape, Func<Tensor, Tensor, Tensor> forward, params long[] weight) =>
        new(() => new Probe(forward, weight), shape);

    private static OnnxCase Made(long[] shape, Func<Module> create) => new(create, shape);

    private static Tensor Call(string name, string overload, params object?[] arguments) =>
        (Tensor)new Operator(name, overload).Call(arguments)[0]!;

    public sealed class Layers() : OnnxAgreement(Cases);

    private sealed class FinalStates : Module
    {
        private readonly Lstm _lstm;

        public FinalStates(Lstm lstm) => _lstm = Child("lstm", lstm);

        // States have the batch in the middle; the output has it first.
        protected override Tensor Forward(Tensor input)
        {
            (_, Tensor hidden, Tensor cell) = _lstm.Run(input);
            return Ops.Cat([hidden, cell], 2).Transpose(0, 1);
        }
    }
}
