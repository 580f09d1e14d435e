using Retort.Data.Sets;
using Retort.Models.Text;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Models.Text;

[Collection("default generator")]
public sealed class NgramClassifierTests
{
    private static Tensor Input(int length, params string[] texts)
    {
        var tokens = new long[texts.Length * length];
        for (int k = 0; k < texts.Length; k++)
            ByteTokens.Encode(texts[k], tokens.AsSpan(k * length, length));
        return Tensor.From(tokens, texts.Length, length);
    }

    private static Module Model(params int[] orders)
    {
        Engine.ManualSeed(3);
        return new NgramClassifierOptions { Orders = orders, Buckets = 97, Width = 4, Classes = 3 }.Build();
    }

    // "abcd" has the n-grams abc and bcd, with the numbers ((98 · 257) + 99) · 257 + 100 + 3 and so on, modulo 97.
    [Fact]
    public void A_text_is_the_mean_of_its_n_grams_vectors_worked_by_hand()
    {
        using var scope = new TensorScope();
        using Module model = Model(3);
        IReadOnlyDictionary<string, Tensor> state = model.StateDict();
        long[] numbers = [(((98 * 257) + 99) * 257) + 100 + 3, (((99 * 257) + 100) * 257) + 101 + 3];
        Tensor rows = state["embedding.weight"].IndexSelect(0, Tensor.From(Array.ConvertAll(numbers, n => n % 97)));
        Tensor expected = state["fc.weight"].MatMul(rows.Mean(0).Unsqueeze(1)).Squeeze(1) + state["fc.bias"];
        Tensor found = model.Call(Input(9, "abcd")).Squeeze(0);
        Assert.True((expected - found).Abs().Max().ToDouble() < 1e-6);
    }

    [Fact]
    public void Padding_and_the_other_texts_of_a_batch_change_nothing()
    {
        using var scope = new TensorScope();
        using Module model = Model(2, 4);
        double[] alone = model.Call(Input(12, "kolo mira")).To(DType.Float64).ToArray<double>();
        double[] beside = model.Call(Input(30, "kolo mira", "vetu")).To(DType.Float64).ToArray<double>();
        Assert.All(alone.Zip(beside), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
        Assert.NotEqual(beside[0], beside[3], 1e-6);
    }

    [Fact]
    public void A_text_without_any_n_gram_is_the_bias_and_every_parameter_is_trained()
    {
        using var scope = new TensorScope();
        using Module model = Model(3);
        Tensor logits = model.Call(Input(9, "ab", "abcdef"));
        Assert.True((logits.Select(0, 0) - model.StateDict()["fc.bias"]).Abs().Max().ToDouble() == 0);
        logits.LogSoftmax(1).Select(1, 0).Mean().Neg().Backward();
        Assert.All(model.NamedParameters(), p => Assert.True(p.Value.Value.Grad!.Abs().Sum().ToDouble() > 0, p.Key));
    }

    [Fact]
    public void What_cannot_be_is_refused()
    {
        using var scope = new TensorScope();
        using Module model = Model(5);
        ShapeException error = Assert.Throws<ShapeException>(() => model.Call(Input(4, "ab")));
        Assert.Equal("'input' [1, 4] is shorter than every n-gram.", error.Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new NgramClassifierOptions { Orders = [8] }.Build());
        Assert.Throws<ArgumentException>(() => new NgramClassifierOptions { Orders = [] }.Build());
        Assert.Throws<ArgumentOutOfRangeException>(() => new NgramClassifierOptions { Buckets = 1 }.Build());
    }
}
