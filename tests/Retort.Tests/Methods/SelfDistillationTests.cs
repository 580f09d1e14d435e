using Retort.Methods.Logits;
using Retort.Torch;

namespace Retort.Tests.Methods;

public sealed class SelfDistillationTests
{
    private const double Close = 1e-9;

    // By hand: the first and third row are of one class, the second is alone; each of the two is the other's target.
    [Fact]
    public void A_sample_learns_from_the_next_one_of_its_class_and_a_lonely_one_from_none()
    {
        using var scope = new TensorScope();
        Tensor logits = Tensor.From(new double[,] { { 2, 0 }, { 5, 5 }, { 0, 2 } }), labels = Tensor.From(new long[] { 0, 1, 0 });

        // At temperature 2 both rows become ±1 apart: p = e / (1 + e), KL = (2p − 1) · 1 either way; times τ².
        double p = Math.E / (1 + Math.E);
        Assert.Equal(4 * (2 * p - 1), ClassWiseSelfDistillation.Loss(logits, labels, temperature: 2).ToDouble(), Close);
        Assert.Equal(0, ClassWiseSelfDistillation.Loss(logits, Tensor.Arange(3)).ToDouble());
    }

    [Fact]
    public void The_partner_is_the_next_row_of_the_class_round_the_batch()
    {
        using var scope = new TensorScope();
        Tensor logits = Tensor.From(new double[,] { { 0, 0 }, { 1, 0 }, { 4, 0 } }), labels = Tensor.From(new long[] { 1, 1, 1 });
        Tensor next = logits.IndexSelect(0, Tensor.From(new long[] { 1, 2, 0 }));
        Assert.Equal(
            KnowledgeDistillation.Loss(logits, next, 4).ToDouble(), ClassWiseSelfDistillation.Loss(logits, labels, 4).ToDouble(), Close);
    }

    // By hand: equal logits give every class log 4, whatever the target is; one class up by a shifts it by the target's share.
    [Theory]
    [InlineData(SmoothingSpread.All, 0.9 + 0.1 / 4)]
    [InlineData(SmoothingSpread.Others, 0.9)]
    public void What_a_label_keeps_depends_on_who_shares_the_rest(SmoothingSpread spread, double kept)
    {
        using var scope = new TensorScope();
        Tensor logits = Tensor.From(new double[,] { { 3, 0, 0, 0 } }), labels = Tensor.From(new long[] { 0 });
        double expected = Math.Log(Math.Exp(3) + 3) - 3 * kept;
        Assert.Equal(expected, LabelSmoothing.Loss(logits, labels, 0.1, spread).ToDouble(), Close);
    }

    [Fact]
    public void A_generation_that_is_equally_sure_of_all_weighs_all_alike()
    {
        using var scope = new TensorScope();
        Tensor student = Tensor.From(new double[,] { { 1, 0 }, { 0, 3 } }), labels = Tensor.From(new long[] { 0, 0 });
        Tensor even = Tensor.From(new double[,] { { 2, 0 }, { 0, 2 } }), one = Tensor.From(new double[,] { { 50, 0 }, { 0, 0 } });
        Assert.Equal(CrossEntropy.Loss(student, labels).ToDouble(), BornAgain.WeightedLoss(student, even, labels).ToDouble(), Close);

        // Confidences 1 and ½: weights ⅔ and ⅓.
        double first = Math.Log(1 + Math.Exp(-1)), second = Math.Log(1 + Math.Exp(3));
        Assert.Equal((2 * first + second) / 3, BornAgain.WeightedLoss(student, one, labels).ToDouble(), Close);
    }

    // By hand: the keys reverse the two classes that the teacher does not choose.
    [Fact]
    public void Permuted_knowledge_keeps_the_answer_and_moves_the_rest()
    {
        using var scope = new TensorScope();
        Tensor student = Tensor.From(new double[,] { { 0, 1, 2 } }), teacher = Tensor.From(new double[,] { { 1, 3, 2 } });
        Tensor moved = Tensor.From(new double[,] { { 2, 3, 1 } });
        Tensor keep = Tensor.From(new double[,] { { 0.1, 0.2, 0 } }), swap = Tensor.From(new double[,] { { 0.2, 0.1, 0 } });
        Assert.Equal(
            KnowledgeDistillation.Loss(student, teacher, 1).ToDouble(), BornAgain.PermutedLoss(student, teacher, keep).ToDouble(), Close);
        Assert.Equal(
            KnowledgeDistillation.Loss(student, moved, 1).ToDouble(), BornAgain.PermutedLoss(student, teacher, swap).ToDouble(), Close);
    }
}
