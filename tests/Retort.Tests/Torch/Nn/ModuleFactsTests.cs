using System.Text.Json;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Torch.Nn;

/// <summary>Every module against what torch.nn computed for it: outputs, gradients, running statistics.</summary>
public sealed class ModuleFactsTests
{
    private static readonly Dictionary<string, JsonElement> Facts = FactPattern.Read("Torch", "Nn", "Fixtures", "modules.json");

    private static readonly RecurrentOptions Deep = new() { Layers = 2, Bidirectional = true, BatchFirst = true };

    private static readonly Dictionary<string, (Func<Module> Make, long[] Shape)> Modules = new(StringComparer.Ordinal)
    {
        ["linear"] = (() => new Linear(5, 3), [4, 5]),
        ["linear-no-bias"] = (() => new Linear(5, 3, bias: false), [2, 4, 5]),
        ["conv1d"] = (() => new Conv1d(4, 6, 3, stride: 2, padding: 1), [2, 4, 9]),
        ["conv1d-reflect"] = (() => new Conv1d(4, 6, 3, padding: 1, mode: PaddingMode.Reflect), [2, 4, 9]),
        ["conv2d"] = (() => new Conv2d(3, 4, 3, stride: 2, padding: 1), [2, 3, 7, 8]),
        ["conv2d-grouped-dilated"] =
            (() => new Conv2d(4, 8, 3, padding: 2, dilation: 2, groups: 2, bias: false), [2, 4, 7, 7]),
        ["conv2d-reflect"] = (() => new Conv2d(3, 4, 3, padding: 2, mode: PaddingMode.Reflect), [2, 3, 6, 6]),
        ["conv-transpose1d"] = (() => new ConvTranspose1d(4, 6, 4, stride: 2, padding: 1), [2, 4, 5]),
        ["conv-transpose2d"] =
            (() => new ConvTranspose2d(4, 6, 3, stride: 2, padding: 1, outputPadding: 1, groups: 2), [2, 4, 5, 4]),
        ["batch-norm1d"] = (() => new BatchNorm1d(4), [6, 4]),
        ["batch-norm1d-sequence"] = (() => new BatchNorm1d(4), [3, 4, 5]),
        ["batch-norm2d"] = (() => new BatchNorm2d(4), [3, 4, 5, 5]),
        ["batch-norm2d-cumulative"] = (() => new BatchNorm2d(4, new() { Momentum = null }), [3, 4, 5, 5]),
        ["batch-norm2d-untracked"] = (() => new BatchNorm2d(4, new() { TrackRunningStats = false }), [3, 4, 5, 5]),
        ["batch-norm2d-plain"] = (() => new BatchNorm2d(4, new() { Affine = false }), [3, 4, 5, 5]),
        ["layer-norm"] = (() => new LayerNorm(6), [2, 3, 6]),
        ["layer-norm-two-dimensions"] = (() => new LayerNorm([3, 6], epsilon: 1e-6), [2, 3, 6]),
        ["layer-norm-plain"] = (() => new LayerNorm(6, affine: false), [2, 3, 6]),
        ["group-norm"] = (() => new GroupNorm(2, 6), [2, 6, 3, 3]),
        ["instance-norm2d"] = (() => new InstanceNorm2d(4), [2, 4, 3, 3]),
        ["instance-norm2d-affine-tracked"] = (() => new InstanceNorm2d(4, new BatchNormOptions()), [2, 4, 3, 3]),
        ["rms-norm"] = (() => new RmsNorm(6, 1e-6), [2, 3, 6]),
        ["relu"] = (() => new Relu(), [3, 7]),
        ["relu6"] = (() => new Relu6(), [3, 7]),
        ["gelu"] = (() => new Gelu(), [3, 7]),
        ["gelu-tanh"] = (() => new Gelu(tanh: true), [3, 7]),
        ["silu"] = (() => new Silu(), [3, 7]),
        ["hardswish"] = (() => new Hardswish(), [3, 7]),
        ["hardsigmoid"] = (() => new Hardsigmoid(), [3, 7]),
        ["sigmoid"] = (() => new Sigmoid(), [3, 7]),
        ["tanh"] = (() => new Tanh(), [3, 7]),
        ["leaky-relu"] = (() => new LeakyRelu(0.2), [3, 7]),
        ["elu"] = (() => new Elu(), [3, 7]),
        ["softplus"] = (() => new Softplus(), [3, 7]),
        ["softmax"] = (() => new Softmax(1), [3, 7]),
        ["log-softmax"] = (() => new LogSoftmax(), [3, 7]),
        ["prelu"] = (() => new PRelu(3), [2, 3, 4]),
        ["max-pool2d"] = (() => new MaxPool2d(3, stride: 2, padding: 1), [2, 3, 7, 6]),
        ["max-pool2d-ceil"] = (() => new MaxPool2d(2, ceiling: true), [2, 3, 7, 5]),
        ["avg-pool2d"] = (() => new AvgPool2d(3, stride: 2, padding: 1, countPadding: false), [2, 3, 7, 6]),
        ["adaptive-avg-pool2d"] = (() => new AdaptiveAvgPool2d([2, 3]), [2, 3, 7, 6]),
        ["adaptive-max-pool2d"] = (() => new AdaptiveMaxPool2d(2), [2, 3, 7, 6]),
        ["adaptive-avg-pool1d"] = (() => new AdaptiveAvgPool1d(2), [2, 3, 7]),
        ["flatten"] = (() => new Flatten(), [2, 3, 2, 2]),
        ["upsample-nearest"] = (() => Upsample.ByFactor(2), [2, 3, 4, 3]),
        ["upsample-bilinear"] = (() => Upsample.ToSize([7, 5], UpsampleMode.Bilinear), [2, 3, 4, 3]),
        ["upsample-bilinear-aligned"] =
            (() => Upsample.ByFactor(2, UpsampleMode.Bilinear, alignCorners: true), [2, 3, 4, 3]),
        ["pixel-shuffle"] = (() => new PixelShuffle(2), [2, 8, 3, 3]),
        ["lstm"] = (() => new Lstm(4, 5), [6, 2, 4]),
        ["lstm-deep"] = (() => new Lstm(4, 5, Deep), [2, 6, 4]),
        ["gru"] = (() => new Gru(4, 5), [6, 2, 4]),
        ["gru-deep"] = (() => new Gru(4, 5, Deep with { Bias = false }), [2, 6, 4]),
    };

    private static readonly string[] Apart = ["embedding", "attention", "lstm-states", "gru-states"];

    public static TheoryData<string> Names() => [.. Modules.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Module_computes_what_torch_computes(string name)
    {
        using var scope = new TensorScope();
        (Func<Module> make, long[] shape) = Modules[name];
        using Module module = make();
        FactPattern.Fill(module);
        Tensor input = FactPattern.Source(shape);
        FactPattern.Check(Facts[name], module, () => [module.Call(input)], [input]);

        // Without a fact of its own, evaluation is the same as training; the recorder ran the two one after the other.
        module.Eval();
        Tensor again = FactPattern.Source(shape);
        JsonElement fact = Facts.GetValueOrDefault(name + "/eval", Facts[name]);
        FactPattern.Check(fact, module, () => [module.Call(again)], [again]);
    }

    [Fact]
    public void Every_fact_has_a_test() =>
        Assert.DoesNotContain(
            Facts.Keys.Select(key => key.Replace("/eval", "", StringComparison.Ordinal)),
            key => !Modules.ContainsKey(key) && !Apart.Any(name => key.StartsWith(name, StringComparison.Ordinal)));

    [Fact]
    public void Embedding_looks_up_and_leaves_the_padding_row_without_gradient()
    {
        using var scope = new TensorScope();
        using var module = new Embedding(7, 3, paddingIndex: 2);
        FactPattern.Fill(module);
        Tensor indices = Tensor.From(new long[,] { { 1, 2, 6 }, { 0, 2, 1 } });
        FactPattern.Check(Facts["embedding"], module, () => [module.Call(indices)], []);
        Assert.Equal([0.0, 0, 0], module.Weight.Value.Grad![2].ToArray<double>());
    }

    [Fact]
    public void Lstm_takes_and_returns_states()
    {
        using var scope = new TensorScope();
        using var module = new Lstm(4, 5, Deep);
        FactPattern.Fill(module);
        long[] state = [4, 2, 5];
        Tensor[] inputs = [FactPattern.Source([2, 6, 4]), FactPattern.Source(state, 1001), FactPattern.Source(state, 1002)];
        FactPattern.Check(Facts["lstm-states"], module, () =>
        {
            (Tensor output, Tensor hidden, Tensor cell) = module.Run(inputs[0], (inputs[1], inputs[2]));
            return [output, hidden, cell];
        }, inputs);
    }

    [Fact]
    public void Gru_takes_and_returns_states()
    {
        using var scope = new TensorScope();
        using var module = new Gru(4, 5);
        FactPattern.Fill(module);
        Tensor[] inputs = [FactPattern.Source([6, 2, 4]), FactPattern.Source([1, 2, 5], 1001)];
        FactPattern.Check(Facts["gru-states"], module, () =>
        {
            (Tensor output, Tensor hidden) = module.Run(inputs[0], inputs[1]);
            return [output, hidden];
        }, inputs);
    }
}
