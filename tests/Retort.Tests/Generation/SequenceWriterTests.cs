using Retort.Generation;
using Retort.Models.Text;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Generation;

[Collection("default generator")]
public sealed class SequenceWriterTests
{
    private static readonly long[] Prompt = [3, 1, 4, 1];

    [Fact]
    public void Texts_go_on_from_their_prompts_and_say_how_likely_each_token_was()
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        using Gpt model = Model(seed: 1);
        var sampling = new SamplingOptions { Temperature = 0.7 };
        using var generator = new Generator(5);
        WrittenSequences written = SequenceWriter.Write(model, Tensor.From(Prompt, 2, 2), 9, sampling, generator);
        Assert.Equal([2, 9], written.Tokens.Shape);
        Assert.Equal(Prompt, written.Tokens.Narrow(1, 0, 2).ToArray<long>());
        Assert.InRange(written.Tokens.Max().ToInt64(), 0, 10);

        // What a call on the whole text says of the same tokens.
        Tensor all = (model.Call(written.Tokens.Narrow(1, 0, 8)) / 0.7).LogSoftmax(-1).Narrow(1, 1, 7);
        Tensor expected = all.Gather(2, written.Tokens.Narrow(1, 2, 7).Unsqueeze(2)).Squeeze(2);
        Assert.True(written.LogProbabilities.Allclose(expected, rtol: 1e-9, atol: 1e-9));
    }

    [Fact]
    public void The_same_seed_writes_the_same_texts_and_another_one_others()
    {
        using var scope = new TensorScope();
        using Gpt model = Model(seed: 2);
        Assert.Equal(Write(7), Write(7));
        Assert.NotEqual(Write(7), Write(8));

        long[] Write(ulong seed)
        {
            Engine.ManualSeed(seed);
            return SequenceWriter.Write(model, Tensor.From(Prompt, 2, 2), 9, new SamplingOptions()).Tokens.ToArray<long>();
        }
    }

    [Theory]
    [InlineData(1, 10, "it sees 8 tokens, and is to write texts of 10: at most 9")]
    [InlineData(4, 4, "a prompt of 4 tokens leaves nothing to write of a text of 4")]
    public void What_cannot_be_written_is_said(int prompt, int length, string expected)
    {
        using Gpt model = Model(seed: 3);
        Assert.Equal(expected, SequenceWriter.Refusal(model, prompt, length));
        using var layer = new Linear(2, 2);
        Assert.Equal("it reads no tokens from left to right, so it can write no text", SequenceWriter.Refusal(layer, 1, 2));
    }

    [Fact]
    public void Writing_leaves_no_tensor_behind()
    {
        using Gpt model = Model(seed: 4);
        Write();
        long before = Tensor.LiveCount;
        Write();
        Assert.Equal(before, Tensor.LiveCount);

        void Write()
        {
            using var scope = new TensorScope();
            SequenceWriter.Write(model, Tensor.From(Prompt, 2, 2), 9, new SamplingOptions());
        }
    }

    private static Gpt Model(ulong seed)
    {
        Engine.ManualSeed(seed);
        var model = (Gpt)new GptOptions { Vocabulary = 11, Context = 8, Width = 12, Depth = 2, Heads = 3 }.Build();
        model.To(dtype: DType.Float64);
        return model;
    }
}
