using System.Text.Json;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Torch.Nn;

/// <summary>The same seed gives PyTorch's own initial values.</summary>
[Collection("default generator")]
public sealed class InitTests
{
    private static readonly Dictionary<string, JsonElement> Layers = FactPattern.Read("Torch", "Nn", "Fixtures", "initial.json");

    private static readonly Dictionary<string, JsonElement> Functions =
        FactPattern.Read("Torch", "Nn", "Fixtures", "initializers.json");

    [Theory]
    [InlineData("linear")]
    [InlineData("conv1d")]
    [InlineData("conv2d")]
    [InlineData("conv-transpose1d")]
    [InlineData("conv-transpose2d")]
    [InlineData("embedding")]
    [InlineData("attention")]
    [InlineData("attention-other-widths")]
    [InlineData("lstm")]
    [InlineData("gru")]
    [InlineData("batch-norm2d")]
    [InlineData("sequential")]
    public void Layers_start_with_torchs_values(string name)
    {
        using var scope = new TensorScope();
        Engine.ManualSeed(3);
        using Module module = Make(name);
        IReadOnlyDictionary<string, Tensor> state = module.StateDict();
        foreach (JsonProperty entry in Layers[name].EnumerateObject())
        {
            Tensor value = state[entry.Name];
            Assert.Equal(FactPattern.Sizes(entry.Value.GetProperty("shape")), value.Shape);
            FactPattern.Near(entry.Name, FactPattern.Numbers(entry.Value.GetProperty("head")), FactPattern.Head(value), 1e-7);
            FactPattern.Near(entry.Name, [entry.Value.GetProperty("dot").GetDouble()], [FactPattern.Dot(value)], 1e-6);
        }
    }

    [Theory]
    [InlineData("kaiming-uniform")]
    [InlineData("kaiming-normal-fan-out")]
    [InlineData("xavier-uniform")]
    [InlineData("xavier-normal")]
    [InlineData("truncated-normal")]
    [InlineData("normal")]
    [InlineData("uniform")]
    [InlineData("orthogonal")]
    public void Functions_give_torchs_values(string name)
    {
        using var scope = new TensorScope();
        Engine.ManualSeed(7);
        Tensor weight = Apply(name, Tensor.Empty(DType.Float32, 6, 4, 3, 3));
        JsonElement fact = Functions[name];
        FactPattern.Near(name, FactPattern.Numbers(fact.GetProperty("head")), FactPattern.Head(weight), 1e-6);
        FactPattern.Near(name, [fact.GetProperty("dot").GetDouble()], [FactPattern.Dot(weight)], 1e-5);
    }

    [Fact]
    public void A_generator_makes_values_its_own()
    {
        using var scope = new TensorScope();
        using var first = new Generator(5);
        using var second = new Generator(5);
        Tensor a = Init.Normal(Tensor.Empty(DType.Float32, 40), generator: first);
        Engine.ManualSeed(99);
        Tensor b = Init.Normal(Tensor.Empty(DType.Float32, 40), generator: second);
        Assert.Equal(a.ToArray<float>(), b.ToArray<float>());
    }

    [Fact]
    public void Skipping_leaves_values_alone_until_it_is_over()
    {
        using var scope = new TensorScope();
        Tensor weight = Tensor.Zeros(4, 4);
        using (Init.Skip())
            Init.Normal(weight);
        Assert.Equal(0, weight.Abs().Sum().ToDouble());
        Assert.NotEqual(0, Init.Normal(weight).Abs().Sum().ToDouble());
    }

    [Fact]
    public void A_vector_has_no_fan()
    {
        var error = Assert.Throws<ShapeException>(() => Init.KaimingUniform(Tensor.Zeros(4)));
        Assert.Equal("'weight' [4] must have at least two dimensions, [out, in, …].", error.Message);
    }

    private static Module Make(string name) => name switch
    {
        "linear" => new Linear(7, 5),
        "conv1d" => new Conv1d(4, 6, 3, groups: 2),
        "conv2d" => new Conv2d(3, 4, 3),
        "conv-transpose1d" => new ConvTranspose1d(4, 6, 3),
        "conv-transpose2d" => new ConvTranspose2d(4, 6, 3, groups: 2),
        "embedding" => new Embedding(7, 3, paddingIndex: 2),
        "attention" => new MultiheadAttention(8, 2),
        "attention-other-widths" => new MultiheadAttention(8, 2, keyWidth: 6, valueWidth: 4),
        "lstm" => new Lstm(4, 5, new() { Layers = 2, Bidirectional = true }),
        "gru" => new Gru(4, 5),
        "batch-norm2d" => new BatchNorm2d(4),
        _ => new Sequential(new Conv2d(3, 4, 3), new BatchNorm2d(4), new Relu(), new Linear(4, 2)),
    };

    private static Tensor Apply(string name, Tensor weight) => name switch
    {
        "kaiming-uniform" => Init.KaimingUniform(weight, slope: Math.Sqrt(5)),
        "kaiming-normal-fan-out" => Init.KaimingNormal(weight, fan: Fan.Out),
        "xavier-uniform" => Init.XavierUniform(weight),
        "xavier-normal" => Init.XavierNormal(weight),
        "truncated-normal" => Init.TruncatedNormal(weight, std: 0.02),
        "normal" => Init.Normal(weight, 0.5, 0.1),
        "uniform" => Init.Uniform(weight, -0.3, 0.2),
        _ => Init.Orthogonal(weight),
    };
}
