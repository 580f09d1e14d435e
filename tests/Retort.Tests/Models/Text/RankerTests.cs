using Retort.Models;
using Retort.Models.Text;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Models.Text;

[Collection("default generator")]
public sealed class RankerTests
{
    private static readonly ModelOptions[] Rankers =
        [new DualEncoderOptions { Vocabulary = 9, Width = 4 }, new KernelRankerOptions { Vocabulary = 9, Width = 4, QueryLength = 3, Hidden = 5 }];

    public static TheoryData<int> All => [0, 1];

    // Query 3 5; passages 3 7, 7 3 and 8, of which the first two have the same words.
    private static Tensor Input => Tensor.From(new long[] { 3, 5, 0, 3, 7, 0, 7, 3, 0, 8, 0, 0 }, 1, 4, 3);

    [Theory, MemberData(nameof(All))]
    public void Each_passage_has_a_score_that_no_order_and_no_padding_changes(int which)
    {
        using var scope = new TensorScope();
        using Module model = Model(which);
        double[] scores = model.Call(Input).To(DType.Float64).ToArray<double>();
        Assert.Equal(3, scores.Length);
        Assert.Equal(scores[0], scores[1], 1e-6);
        Assert.NotEqual(scores[0], scores[2], 1e-4);
        Tensor longer = Ops.Cat([Input, Tensor.Zeros(DType.Int64, 1, 4, 2)], 2);
        double[] padded = model.Call(longer).To(DType.Float64).ToArray<double>();
        Assert.All(scores.Zip(padded), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
    }

    [Theory, MemberData(nameof(All))]
    public void An_empty_passage_has_a_finite_score_and_gradient(int which)
    {
        using var scope = new TensorScope();
        using Module model = Model(which);
        Tensor scores = model.Call(Tensor.From(new long[] { 3, 5, 0, 0, 0, 0, 7, 3, 0 }, 1, 3, 3));
        scores.Sum().Backward();
        Assert.All(scores.ToArray<float>(), s => Assert.True(float.IsFinite(s)));
        Assert.All(model.Parameters(), p => Assert.True(p.Value.Grad!.Isfinite().All().ToBoolean()));
    }

    // By hand: the mean of two word vectors, times that of another two.
    [Fact]
    public void A_dual_encoder_multiplies_the_means_of_word_vectors()
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        using Module model = Model(0);
        Tensor table = model.StateDict()["embedding.weight"];
        Tensor query = (table[3] + table[5]) / 2, passage = (table[3] + table[7]) / 2;
        Assert.Equal((query * passage).Sum().ToDouble(), model.Call(Input)[0][0].ToDouble(), 1e-6);
    }

    [Fact]
    public void A_kernel_ranker_counts_equal_words()
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        using Module model = Model(1);
        IReadOnlyDictionary<string, Tensor> state = model.StateDict();
        // Only the bin of equal words speaks, and speaks plainly: tanh(0.01 x) · 100.
        state["hidden.weight"].FillInPlace(0);
        state["hidden.bias"].FillInPlace(0);
        state["hidden.weight"][0][0].FillInPlace(0.01);
        state["score.weight"].FillInPlace(0);
        state["score.bias"].FillInPlace(0);
        state["score.weight"][0][0].FillInPlace(100);
        double[] scores = model.Call(Input).To(DType.Float64).ToArray<double>();
        Assert.Equal(Math.Log(2), scores[0], 1e-3);
        Assert.Equal(0, scores[2], 1e-3);
    }

    private static Module Model(int which)
    {
        Engine.ManualSeed(5);
        return Rankers[which].Build();
    }
}
