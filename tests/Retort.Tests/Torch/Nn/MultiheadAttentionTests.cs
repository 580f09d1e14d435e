using System.Text.Json;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Torch.Nn;

public sealed class MultiheadAttentionTests
{
    private static readonly Dictionary<string, JsonElement> Facts = FactPattern.Read("Torch", "Nn", "Fixtures", "modules.json");

    private static readonly long[] Own = [2, 5, 8];

    [Fact]
    public void Self_attention_is_torchs() =>
        Check("attention", () => new MultiheadAttention(8, 2), [Own, Own, Own], _ => AttentionOptions.None);

    [Fact]
    public void Causal_attention_is_torchs() =>
        Check("attention-causal", () => new MultiheadAttention(8, 2), [Own, Own, Own], _ => new() { Causal = true });

    [Fact]
    public void Padded_keys_are_not_seen() => Check(
        "attention-padded", () => new MultiheadAttention(8, 2), [Own, Own, Own],
        _ => new() { KeyMask = Tensor.From(new long[,] { { 1, 1, 1, 1, 0 }, { 1, 1, 1, 0, 0 } }) > 0 });

    [Fact]
    public void Cross_attention_is_torchs() => Check(
        "attention-cross", () => new MultiheadAttention(8, 2), [[2, 3, 8], Own, Own], _ => AttentionOptions.None);

    [Fact]
    public void Keys_and_values_may_have_other_widths() => Check(
        "attention-other-widths", () => new MultiheadAttention(8, 2, keyWidth: 6, valueWidth: 4),
        [[2, 3, 8], [2, 5, 6], [2, 5, 4]], _ => AttentionOptions.None);

    [Fact]
    public void Biases_may_be_left_out() => Check(
        "attention-no-bias", () => new MultiheadAttention(8, 2, bias: false), [Own, Own, Own], _ => AttentionOptions.None);

    [Fact]
    public void A_mask_says_the_same_as_the_causal_option()
    {
        using var scope = new TensorScope();
        using var module = new MultiheadAttention(8, 2);
        Tensor input = FactPattern.Source(Own).Detach().To(DType.Float32);
        Tensor mask = Tensor.Ones(5, 5).Tril() > 0;
        Tensor causal = module.Attend(input, options: new() { Causal = true });
        Assert.True(causal.Allclose(module.Attend(input, options: new() { Mask = mask })));
        Assert.False(causal.Allclose(module.Call(input)));
    }

    [Fact]
    public void Self_attention_through_the_fused_projection_equals_three_projections()
    {
        using var scope = new TensorScope();
        using var module = new MultiheadAttention(8, 2);
        Tensor input = FactPattern.Source(Own).Detach().To(DType.Float32);
        Assert.True(module.Call(input).Allclose(module.Attend(input, input.Clone(), input.Clone()), atol: 1e-6));
    }

    [Fact]
    public void A_cache_gives_what_the_whole_sequence_gives_and_rolls_back()
    {
        using var scope = new TensorScope();
        using var module = new MultiheadAttention(8, 2);
        FactPattern.Fill(module);
        Tensor input = FactPattern.Source(Own).Detach();
        Tensor whole = module.Attend(input, options: new() { Causal = true });

        using var cache = new KeyValueCache();
        var options = new AttentionOptions { Causal = true, Cache = cache };
        Tensor first = module.Attend(input.Narrow(1, 0, 3), options: options);
        module.Attend(FactPattern.Source([2, 2, 8], 7).Detach(), options: options);
        Assert.Equal(5, cache.Length);
        cache.Truncate(3);
        Tensor second = module.Attend(input.Narrow(1, 3, 1), options: options);
        Tensor third = module.Attend(input.Narrow(1, 4, 1), options: options);
        Assert.True(whole.Allclose(Ops.Cat([first, second, third], 1), rtol: 1e-12));
        Assert.Throws<ArgumentOutOfRangeException>(() => cache.Truncate(6));
    }

    [Fact]
    public void Heads_must_divide_the_width()
    {
        var error = Assert.Throws<ArgumentException>(() => new MultiheadAttention(8, 3));
        Assert.StartsWith("heads (3) must divide width (8).", error.Message, StringComparison.Ordinal);
    }

    private static void Check(
        string name, Func<MultiheadAttention> make, long[][] shapes, Func<Tensor[], AttentionOptions> options)
    {
        using var scope = new TensorScope();
        using MultiheadAttention module = make();
        FactPattern.Fill(module);
        Tensor[] inputs = [.. shapes.Select((shape, i) => FactPattern.Source(shape, 1000 + i))];
        Tensor? weights = null;
        using IDisposable tap = module.Find("attn_drop").OnOutput(output =>
        {
            weights = output;
            return null;
        });
        FactPattern.Check(Facts[name], module, () =>
        {
            Tensor output = module.Attend(inputs[0], inputs[1], inputs[2], options(inputs));
            return [output, weights!];
        }, inputs);
    }
}
