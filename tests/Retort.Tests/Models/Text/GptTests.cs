using Retort.Models;
using Retort.Models.Text;
using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Torch.Optim;

namespace Retort.Tests.Models.Text;

[Collection("default generator")]
public sealed class GptTests
{
    private const int Vocabulary = 11, Context = 8;

    private static readonly GptOptions Small = new() { Vocabulary = Vocabulary, Context = Context, Width = 12, Depth = 2, Heads = 3 };

    private static readonly string[] OfBlock =
        ["ln_1", "attn.c_attn", "attn.c_proj", "ln_2", "mlp.c_fc", "mlp.c_proj"];

    [Fact]
    public void Parameters_have_the_names_and_shapes_of_GPT_2()
    {
        using var scope = new TensorScope();
        using Module model = Small.Build();
        IReadOnlyDictionary<string, Tensor> state = model.StateDict();
        IEnumerable<string> blocks = Enumerable.Range(0, 2).SelectMany(k => OfBlock.Select(name => $"h.{k}.{name}")).Append("ln_f");
        string[] expected = ["wte.weight", "wpe.weight", .. blocks.SelectMany(b => new[] { $"{b}.weight", $"{b}.bias" }), "lm_head.weight"];
        Assert.Equal(expected.Order(StringComparer.Ordinal), state.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([Vocabulary, 12L], state["wte.weight"].Shape);
        Assert.Equal([Context, 12L], state["wpe.weight"].Shape);
        Assert.Equal([36L, 12L], state["h.1.attn.c_attn.weight"].Shape);
        Assert.Equal([48L, 12L], state["h.0.mlp.c_fc.weight"].Shape);
        Assert.Equal([Vocabulary, 12L], state["lm_head.weight"].Shape);
    }

    [Fact]
    public void A_token_changes_what_comes_after_it_and_nothing_before()
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        using Module model = Wide(seed: 1);
        Tensor one = Tensor.From(new long[] { 1, 2, 3, 4, 5, 6 }, 1, 6), other = Tensor.From(new long[] { 1, 2, 3, 9, 5, 6 }, 1, 6);
        Tensor difference = (model.Call(one) - model.Call(other)).Abs().Sum(-1).Flatten();      // [T]
        double[] found = difference.ToArray<double>();
        Assert.All(found[..3], d => Assert.Equal(0, d));
        Assert.All(found[3..], d => Assert.True(d > 1e-6));
    }

    [Fact]
    public void Attention_is_that_of_the_general_layer_with_a_causal_mask()
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        using Module model = Wide(seed: 2);
        using var general = new MultiheadAttention(12, 3);
        general.To(dtype: DType.Float64);
        Module own = model.Find("h.0.attn");
        IReadOnlyDictionary<string, Tensor> state = own.StateDict();
        general.LoadStateDict(new Dictionary<string, Tensor>
        {
            ["in_proj_weight"] = state["c_attn.weight"],
            ["in_proj_bias"] = state["c_attn.bias"],
            ["out_proj.weight"] = state["c_proj.weight"],
            ["out_proj.bias"] = state["c_proj.bias"],
        });
        using var generator = new Generator(3);
        Tensor input = Tensor.Randn(generator, 2, 5, 12).To(DType.Float64);
        Tensor expected = general.Attend(input, options: new AttentionOptions { Causal = true });
        Assert.True(own.Call(input).Allclose(expected, rtol: 1e-10, atol: 1e-12));
    }

    [Fact]
    public void Reading_in_pieces_through_a_cache_gives_the_logits_of_reading_at_once()
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        using Gpt model = Wide(seed: 4);
        Tensor tokens = Tensor.From(new long[] { 1, 2, 3, 4, 5, 6, 7, 0, 10, 9, 8, 7 }, 2, 6);
        using var cache = new GptCache();
        Tensor pieces = Ops.Cat(
            [.. new[] { (0, 3), (3, 1), (4, 2) }.Select(p => model.Continue(tokens.Narrow(1, p.Item1, p.Item2), cache))], 1);
        Assert.Equal(6, cache.Length);
        Assert.True(pieces.Allclose(model.Call(tokens), rtol: 1e-10, atol: 1e-12));
    }

    [Fact]
    public void Tokens_that_were_rolled_back_leave_no_trace()
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        using Gpt model = Wide(seed: 5);
        Tensor tokens = Tensor.From(new long[] { 1, 2, 3, 4, 5 }, 1, 5);
        using var cache = new GptCache();
        model.Continue(tokens.Narrow(1, 0, 3), cache);
        model.Continue(Tensor.From(new long[] { 9, 8, 7 }, 1, 3), cache);
        cache.Truncate(3);
        Assert.Equal(3, cache.Length);
        Tensor found = model.Continue(tokens.Narrow(1, 3, 2), cache);
        Assert.True(found.Allclose(model.Call(tokens).Narrow(1, 3, 2), rtol: 1e-10, atol: 1e-12));
        Assert.Throws<ArgumentOutOfRangeException>(() => cache.Truncate(6));
    }

    [Fact]
    public void It_begins_near_the_uniform_distribution_and_learns_a_text_by_heart()
    {
        using var scope = new TensorScope();
        Engine.ManualSeed(6);
        using Module model = Small.Build();
        Tensor tokens = Tensor.From(new long[] { 3, 1, 4, 1, 5, 9, 2, 6 }, 1, 8), next = Tensor.From(new long[] { 1, 4, 1, 5, 9, 2, 6, 5 });
        Tensor Loss() => model.Call(tokens).Flatten(0, 1).CrossEntropyLoss(next);
        Assert.Equal(Math.Log(Vocabulary), Loss().ToDouble(), 0.05);
        using var optimizer = new Adam(model.Parameters().Select(p => p.Value), new AdamOptions { LearningRate = 0.01 });
        for (int step = 0; step < 60; step++)
        {
            using var inner = new TensorScope();
            optimizer.ZeroGrad();
            Loss().Backward();
            Assert.All(model.NamedParameters(), p => Assert.NotNull(p.Value.Value.Grad));
            optimizer.Step();
        }
        Assert.InRange(Loss().ToDouble(), 0, 0.2);
    }

    [Fact]
    public void Calls_and_caches_leave_no_tensor_behind()
    {
        using Gpt model = Wide(seed: 7);
        Read();
        long before = Tensor.LiveCount;
        Read();
        Assert.Equal(before, Tensor.LiveCount);

        void Read()
        {
            using var scope = new TensorScope();
            using GradMode off = Autograd.NoGrad();
            using var cache = new GptCache();
            Tensor tokens = Tensor.From(new long[] { 1, 2, 3 }, 1, 3);
            model.Call(tokens);
            model.Continue(tokens, cache);
            cache.Truncate(1);
            model.Continue(tokens, cache);
        }
    }

    [Fact]
    public void Features_are_taps()
    {
        using var scope = new TensorScope();
        using Gpt model = Wide(seed: 8);
        Assert.Equal(["h.0", "h.1"], model.Stages);
        Assert.IsType<LayerNorm>(model.Find(model.LastFeature));
        Assert.Equal(12, Assert.IsType<Linear>(model.Find(model.Head)).InFeatures);
    }

    [Fact]
    public void More_tokens_than_the_context_holds_are_refused_with_both_numbers()
    {
        using var scope = new TensorScope();
        using Gpt model = Wide(seed: 9);
        using var cache = new GptCache();
        model.Continue(Tensor.Zeros(DType.Int64, 1, 5), cache);
        ShapeException error = Assert.Throws<ShapeException>(() => model.Continue(Tensor.Zeros(DType.Int64, 1, 4), cache));
        Assert.Equal("'tokens' [1, 4] after 5 tokens must fit into the context of 8: [N, T], T at least 1.", error.Message);
        Assert.Throws<ShapeException>(() => model.Call(Tensor.Zeros(DType.Int64, 1, 9)));
    }

    [Theory, MemberData(nameof(BadOptions))]
    public void Options_out_of_range_are_named(ModelOptions options, string expected)
    {
        var error = Assert.ThrowsAny<ArgumentException>(() => options.Build());
        Assert.StartsWith(expected, error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<ModelOptions, string> BadOptions() => new()
    {
        { new GptOptions { Heads = 5 }, "Heads (5) must divide Width (128)." },
        { new GptOptions { Vocabulary = 0 }, "Must be at least 1. (Parameter 'Vocabulary')" },
        { new GptOptions { DropRate = 1 }, "Must be at least 0 and below 1. (Parameter 'DropRate')" },
        { new GptOptions { Classes = 36 }, "in_channels and classes belong to image models; a language model has a vocabulary." },
    };

    // Double precision, and weights large enough that every token matters.
    private static Gpt Wide(ulong seed)
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        Engine.ManualSeed(seed);
        var model = (Gpt)Small.Build();
        foreach (Parameter parameter in model.Parameters().Where(p => p.Value.Dimensions == 2))
            Init.Normal(parameter, std: 0.4);
        model.To(dtype: DType.Float64);
        model.Eval();
        return model;
    }
}
