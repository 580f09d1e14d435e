using Retort.Data;
using Retort.Distillation;
using Retort.Methods.Relations;
using Retort.Recipes;
using Retort.Torch;

namespace Retort.Tests.Methods.Relations;

public sealed class MarginRankingTests
{
    private static readonly double[,] Student = { { 2, 1, 0 }, { 0, 1, -1 } };
    private static readonly double[,] Teacher = { { 5, 2, 1 }, { 1, 0, 3 } };
    private static readonly double[,] Single = { { 1 }, { 2 } };

    // By hand: leads 1, 2, −1, 1 of the student and 3, 4, 1, −2 of the teacher.
    [Fact]
    public void The_relevant_passage_is_paired_with_each_of_the_others() =>
        Assert.Equal((4 + 4 + 4 + 9) / 4.0, Term(MarginForm.Margin, Teacher), 1e-9);

    [Fact]
    public void A_constant_added_to_the_teacher_s_scores_changes_nothing()
    {
        double[,] moved = (double[,])Teacher.Clone();
        for (int k = 0; k < moved.Length; k++)
            moved[k / 3, k % 3] += 100;
        Assert.Equal(Term(MarginForm.Margin, Teacher), Term(MarginForm.Margin, moved), 1e-9);
        Assert.NotEqual(Term(MarginForm.Pointwise, Teacher), Term(MarginForm.Pointwise, moved), 1);
    }

    [Fact]
    public void One_passage_alone_is_refused() =>
        Assert.Throws<ShapeException>(() => Term(MarginForm.Margin, Single, Single));

    private static double Term(MarginForm form, double[,] teacher, double[,]? student = null)
    {
        using var scope = new TensorScope();
        using var criterion = new MarginRanking(new MarginRankingOptions { Form = form });
        var batch = new Batch(Tensor.Zeros(2, 1), Tensor.From(new long[] { 0, 0 }), Tensor.Arange(2));
        var own = new RoleSignals("student", Tensor.From(student ?? Student));
        var other = new RoleSignals("teacher", Tensor.From(teacher));
        return criterion.Evaluate(new Signals(batch, new StepClock(0, 1, 1), own, other)).ToDouble();
    }
}
