using Retort.Methods.Logits;
using Retort.Torch;

namespace Retort.Tests.Methods;

public sealed class LessonTests
{
    private const double Close = 1e-9;
    private static readonly double[,] Student = { { 0, 1, 2 }, { 1, 0, 0 } };
    private static readonly double[,] Teacher = { { 3, 1, 0 }, { 0, 2, 1 } };

    // By hand: the teacher is right about the first sample; in the second its answer 1 and the label 0 exchange places.
    [Fact]
    public void A_wrong_answer_and_the_label_exchange_their_probabilities()
    {
        using var scope = new TensorScope();
        Tensor student = Tensor.From(Student), labels = Tensor.From(new long[] { 0, 0 });
        Tensor right = Tensor.From(new double[,] { { 3, 1, 0 }, { 2, 0, 1 } }), temperatures = Tensor.From(new double[] { 2, 2 });
        Assert.Equal(
            KnowledgeDistillation.Loss(student, right, 2).ToDouble(),
            PreparingLessons.Loss(student, Tensor.From(Teacher), labels, temperatures).ToDouble(), Close);
        Assert.Equal(
            KnowledgeDistillation.Loss(student, Tensor.From(Teacher), 2).ToDouble(),
            PreparingLessons.Loss(student, Tensor.From(Teacher), labels, temperatures, LessonCorrection.None).ToDouble(), Close);
    }

    [Fact]
    public void A_smoothed_label_takes_the_place_of_a_wrong_teacher()
    {
        using var scope = new TensorScope();
        Tensor student = Tensor.From(Student), labels = Tensor.From(new long[] { 0, 0 }), one = Tensor.From(new double[] { 1, 1 });
        Tensor target = Tensor.From(new double[,] { { 3, 1, 0 }, { Math.Log(0.8), Math.Log(0.1), Math.Log(0.1) } });
        Assert.Equal(
            KnowledgeDistillation.Loss(student, target, 1).ToDouble(),
            PreparingLessons.Loss(student, Tensor.From(Teacher), labels, one, LessonCorrection.Smooth, confidence: 0.8).ToDouble(), Close);
    }

    // By hand: the cosines of the rows are 1 and 0, so w = (0, 1)^γ with mean ½.
    [Fact]
    public void A_sample_that_is_far_off_gets_a_lower_temperature()
    {
        using var scope = new TensorScope();
        Tensor student = Tensor.From(new double[,] { { 1, 0 }, { 1, 0 } }), teacher = Tensor.From(new double[,] { { 3, 0 }, { 0, 3 } });
        double[] found = PreparingLessons.Temperatures(student, teacher, LessonTemperature.Disagreement, 4, beta: 2).ToArray<double>();
        Assert.Equal(5, found[0], Close);
        Assert.Equal(3, found[1], Close);
        found = PreparingLessons.Temperatures(student, teacher, LessonTemperature.Disagreement, 4, beta: 100).ToArray<double>();
        Assert.Equal(1, found[1]);
        found = PreparingLessons.Temperatures(student, teacher, LessonTemperature.Fixed, 4, beta: 2).ToArray<double>();
        Assert.Equal([4, 4], found);
    }

    // By hand: p = ½ and 1, so w = 1 / 0.501 and 1 / 1.001.
    [Fact]
    public void A_sample_that_the_student_is_unsure_of_gets_a_lower_temperature()
    {
        using var scope = new TensorScope();
        Tensor student = Tensor.From(new double[,] { { 0, 0 }, { 99, 0 } });
        double[] found = PreparingLessons.Temperatures(student, student, LessonTemperature.Uncertainty, 4).ToArray<double>();
        double half = (1 / 0.501 - 1 / 1.001) / 2;
        Assert.Equal(4 - half, found[0], Close);
        Assert.Equal(4 + half, found[1], Close);
    }

    // Biased and unbiased deviations of K logits differ by √((K − 1) / K), which the multiplier takes up.
    [Fact]
    public void Logits_on_a_sphere_are_standardised_logits()
    {
        using var scope = new TensorScope();
        Tensor student = Tensor.From(Student), teacher = Tensor.From(Teacher);
        double multiplier = Math.Sqrt(2.0 / 3);
        Assert.Equal(
            LogitStandardization.Loss(student, teacher, 2).ToDouble(),
            SphericalDistillation.Loss(student, teacher, 2, multiplier).ToDouble(), 1e-6);
        Assert.Equal(
            SphericalDistillation.Loss(student, teacher).ToDouble(), SphericalDistillation.Loss(student * 5 + 2, teacher * 0.5).ToDouble(), 1e-5);
    }

    // By hand: the teacher's leads are those of softmax(log 6, log 3, log 1) = 0.6, 0.3, 0.1; the student has the same
    // probability for all.
    [Fact]
    public void Equal_scores_cost_the_teacher_s_leads()
    {
        using var scope = new TensorScope();
        Tensor teacher = Tensor.From(new double[,] { { Math.Log(6), Math.Log(3), 0 } }), student = Tensor.From(new double[,] { { 1, 1, 1 } });
        Assert.Equal((0.3 + 0.2 + 0.5) / 3, RankingDistillation.Loss(student, teacher).ToDouble(), Close);
        Assert.Equal(0.3, RankingDistillation.Loss(student, teacher, top: 2).ToDouble(), Close);
        Assert.Equal(Math.Log(2), RankingDistillation.Loss(student, teacher, RankingForm.Logistic).ToDouble(), Close);
        Assert.Equal(0, RankingDistillation.Loss(student, teacher * 0).ToDouble());
    }
}
