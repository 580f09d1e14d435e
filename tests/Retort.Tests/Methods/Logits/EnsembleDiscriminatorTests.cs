using Retort.Distillation;
using Retort.Methods.Logits;
using Retort.Tests.Training;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Methods.Logits;

[Collection("default generator")]
public sealed class EnsembleDiscriminatorTests
{
    [Fact]
    public void An_adversarial_discriminator_is_trained_by_an_optimiser_of_its_own_and_a_cooperating_one_with_the_student()
    {
        using var scope = new TensorScope();
        using EnsembleDiscriminator against = Prepared(new() { Adversarial = true }), with = Prepared(new());
        Assert.NotNull(against.Opponent);
        Assert.Empty(against.PartsOf(PartMover.Learner));
        Assert.NotEmpty(against.PartsOf(PartMover.Opponent));
        Assert.Null(with.Opponent);
        Assert.Empty(with.PartsOf(PartMover.Opponent));
    }

    [Fact]
    public void Without_weight_there_is_no_discriminator()
    {
        using var scope = new TensorScope();
        using EnsembleDiscriminator criterion = Prepared(new() { DiscriminatorWeight = 0, Adversarial = true });
        Assert.Null(criterion.Opponent);
        Assert.Empty(criterion.Owned.Parameters());
        (Signals signals, Tensor student) = Sample();
        Assert.Equal(
            EnsembleDiscriminator.Loss(student, signals.Teacher.Logits).ToDouble(), criterion.Evaluate(signals).ToDouble(), 1e-6);
    }

    [Fact]
    public void Playing_against_it_turns_the_student_s_gradient_through_the_discriminator_round()
    {
        using var scope = new TensorScope();
        Engine.ManualSeed(3);
        using Sequential discriminator = EnsembleDiscriminator.Discriminator(32, ends: false);
        (Signals signals, Tensor student) = Sample();
        Tensor[] teachers = [signals.Teacher.Logits];
        Tensor with = Autograd.Grad(EnsembleDiscriminator.Discrimination(student, teachers, discriminator), [student])[0];
        Tensor against = Autograd.Grad(EnsembleDiscriminator.Discrimination(student, teachers, discriminator, adversarial: true), [student])[0];
        Assert.True(with.Abs().Sum().ToDouble() > 0);
        Assert.True(against.Allclose(-with));
    }

    // Two Gaussians whose means lie apart in 32 dimensions: a discriminator that is trained tells them apart.
    [Fact]
    public void The_opponent_s_steps_teach_the_discriminator_to_tell_who_is_who()
    {
        using var scope = new TensorScope();
        using var criterion = Prepared(new() { Adversarial = true, Opponent = new OpponentOptions { Steps = 100 } });
        (Signals signals, _) = Sample();
        using var opponent = new Retort.Training.Opponent(criterion);
        double before = criterion.EvaluateOpponent(signals).ToDouble();
        opponent.Move(signals, factor: 10);
        Assert.InRange(criterion.EvaluateOpponent(signals).ToDouble(), 0, 0.5 * before);
    }

    [Fact]
    public void An_adversarial_training_goes_on_after_an_interruption_with_the_same_bits()
    {
        const string stages =
            """
            - train:
                name: student
                role: student
                teachers: [teacher]
                criteria: [{ meal-v2: { adversarial: true, opponent: { steps: 2 } } }]
            """;
        using var run = new MethodRun(stages);
        run.Run("whole");
        run.Run("broken", stopAt: "student", steps: 6);
        foreach (string file in new[] { "model.safetensors", "parts.safetensors" })
            Assert.Equal(MethodRun.Digest(run.FileOf("whole", "student", file)), MethodRun.Digest(run.FileOf("broken", "student", file)));
    }

    private static EnsembleDiscriminator Prepared(EnsembleDiscriminatorOptions options)
    {
        Engine.ManualSeed(3);
        var criterion = new EnsembleDiscriminator(options);
        criterion.Prepare(Sample().Signals);
        return criterion;
    }

    private static (Signals Signals, Tensor Student) Sample()
    {
        using var random = new Generator(9);
        Tensor student = (Tensor.Randn(random, 16, 32) + 0.5).Detach().SetRequiresGrad(), teacher = Tensor.Randn(random, 16, 32) - 0.5;
        return (new Signals(Nets.Batch(1), default, new RoleSignals("student", student), new RoleSignals("teacher", teacher)), student);
    }
}
