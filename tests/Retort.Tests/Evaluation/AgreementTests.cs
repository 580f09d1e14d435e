using Retort.Evaluation;

namespace Retort.Tests.Evaluation;

public sealed class AgreementTests
{
    private static readonly float[] Teacher = [MathF.Log(0.75f), MathF.Log(0.25f), 0, 0, 3, 1];
    private static readonly float[] Student = [0, 0, 0, 1, 1, 3];

    // Rows: KL((¾, ¼) ‖ (½, ½)); KL((½, ½) ‖ (1, e)/(1 + e)); both with the two classes exchanged in the third.
    [Fact]
    public void Agreement_and_divergence_worked_by_hand()
    {
        Agreement agreement = Agreement.Between(Student, Teacher, 2);
        double first = 0.75 * Math.Log(1.5) + 0.25 * Math.Log(0.5);
        double second = -Math.Log(2) - 0.5 + Math.Log(1 + Math.E);
        double high = 1 / (1 + Math.Exp(-2));
        double third = 2 * high - 2 * (1 - high);
        Assert.Equal(1.0 / 3, agreement.Top1, 1e-12);
        Assert.Equal((first + second + third) / 3, agreement.MeanKl, 1e-6);
    }

    [Fact]
    public void A_model_agrees_with_itself()
    {
        Agreement agreement = Agreement.Between(Teacher, Teacher, 2);
        Assert.Equal(1, agreement.Top1);
        Assert.Equal(0, agreement.MeanKl, 1e-15);
    }

    [Fact]
    public void What_the_teacher_rules_out_costs_the_student_nothing_and_the_reverse_is_infinite()
    {
        float no = float.NegativeInfinity;
        Assert.Equal(Math.Log(2), Agreement.Between([0, 0], [0, no], 2).MeanKl, 1e-12);
        Assert.Equal(double.PositiveInfinity, Agreement.Between([0, no], [0, 0], 2).MeanKl);
    }

    [Fact]
    public void An_undefined_row_is_reported_and_counts_as_disagreement()
    {
        Agreement agreement = Agreement.Between([1, 0, float.NaN, 0], [1, 0, 1, 0], 2);
        Assert.Equal(1, agreement.UndefinedRows);
        Assert.Equal(0.5, agreement.Top1);
        Assert.True(double.IsNaN(agreement.MeanKl));
    }

    [Fact]
    public void Disagreements_come_with_the_largest_divergence_first()
    {
        IReadOnlyList<Disagreement> found = Agreement.Disagreements(Student, Teacher, [0, 1, 1], 2, count: 5);
        Assert.Equal([2, 1], found.Select(d => d.Sample));
        Assert.Equal(1, found[0].StudentPrediction);
        Assert.Equal(0, found[0].TeacherPrediction);
        Assert.Equal(1 / (1 + Math.Exp(-2)), found[0].StudentConfidence, 1e-6);
        Assert.Equal(1, found[0].Label);
    }

    [Fact]
    public void Models_with_other_shapes_are_refused() =>
        Assert.Throws<ArgumentException>(() => Agreement.Between([1, 2], [1, 2, 3, 4], 2));
}
