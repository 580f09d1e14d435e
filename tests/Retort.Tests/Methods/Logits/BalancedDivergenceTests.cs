using Retort.Data;
using Retort.Distillation;
using Retort.Methods.Logits;
using Retort.Recipes;
using Retort.Tests.Training;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Methods.Logits;

public sealed class BalancedDivergenceTests
{
    private const double Close = 1e-12;

    // By hand, at temperature 1: the sure one says (¾, ¼), the even one (½, ½).
    private static readonly double SureAgainstEven = 0.75 * Math.Log(1.5) + 0.25 * Math.Log(0.5);
    private static readonly double EvenAgainstSure = 0.5 * Math.Log(2.0 / 3) + 0.5 * Math.Log(2);

    private static Tensor Sure => Tensor.From(new double[,] { { Math.Log(3), 0 } });

    private static Tensor Even => Tensor.From(new double[,] { { 0, 0 } });

    [Fact]
    public void A_student_that_is_surer_than_its_teacher_is_drawn_to_cover_what_the_teacher_says()
    {
        using var scope = new TensorScope();
        Assert.Equal(3 * EvenAgainstSure + SureAgainstEven, BalancedDivergence.Loss(Sure, Even, 1, delta: 3).ToDouble(), Close);
    }

    [Fact]
    public void A_student_that_is_less_sure_is_drawn_to_the_teacher_s_peak()
    {
        using var scope = new TensorScope();
        Assert.Equal(SureAgainstEven + 3 * EvenAgainstSure, BalancedDivergence.Loss(Even, Sure, 1, delta: 3).ToDouble(), Close);
    }

    [Fact]
    public void Each_sample_of_a_batch_has_weights_of_its_own()
    {
        using var scope = new TensorScope();
        Tensor student = Ops.Cat([Sure, Even], 0), teacher = Ops.Cat([Even, Sure], 0);
        double apart = (BalancedDivergence.Loss(Sure, Even, 2).ToDouble() + BalancedDivergence.Loss(Even, Sure, 2).ToDouble()) / 2;
        Assert.Equal(apart, BalancedDivergence.Loss(student, teacher, 2).ToDouble(), Close);
    }

    [Fact]
    public void The_teacher_s_own_loss_is_the_reverse_divergence_alone()
    {
        using var scope = new TensorScope();
        Assert.Equal(SureAgainstEven, BalancedDivergence.TeacherLoss(Sure, Even, 1).ToDouble(), Close);
        Assert.Equal(4 * BalancedDivergence.TeacherLoss(Sure / 2, Even, 1).ToDouble(), BalancedDivergence.TeacherLoss(Sure, Even, 2).ToDouble(), Close);
    }

    [Fact]
    public void The_role_that_is_named_takes_the_teacher_s_loss_and_the_others_the_student_s()
    {
        using var scope = new TensorScope();
        Assert.Equal(SureAgainstEven, Evaluated("large", learner: "large", peer: "small"), 1e-6);
        Assert.Equal(2 * EvenAgainstSure + SureAgainstEven, Evaluated("large", learner: "small", peer: "large"), 1e-6);
        Assert.Equal(2 * EvenAgainstSure + SureAgainstEven, Evaluated(null, learner: "large", peer: "small"), 1e-6);
    }

    [Fact]
    public void A_teacher_that_is_not_among_the_networks_is_named_with_those_that_are()
    {
        var error = Assert.Throws<ArgumentException>(() => Evaluated("larg", learner: "large", peer: "small"));
        Assert.Equal("'teacher: larg' is none of the networks that learn together: large, small.", error.Message);
    }

    private static double Evaluated(string? teacher, string learner, string peer)
    {
        using Sequential first = Nets.Mlp(1), second = Nets.Mlp(2);
        using var criterion = new BalancedDivergence(
            new BalancedDivergenceOptions { Teacher = teacher, Temperature = Schedule.Constant(1) });
        criterion.Attach(new Attachment { Student = new Role(learner, first), Teachers = [new Role(peer, second)] });
        Batch batch = Nets.Batch(1);
        return criterion.Evaluate(new Signals(batch, default, new RoleSignals(learner, Sure), new RoleSignals(peer, Even))).ToDouble();
    }
}
