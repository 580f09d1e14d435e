using Retort.Distillation;
using Retort.Methods.Generative;
using Retort.Models.Generative;
using Retort.Recipes;
using Retort.Tests.Methods.Generative;
using Retort.Torch;
using Retort.Training;
using Retort.Training.Optimizers;

namespace Retort.Tests.Training;

[Collection("default generator")]
public sealed class AlternatingTrainerTests
{
    [Fact]
    public void Peers_move_several_times_for_one_move_of_the_student()
    {
        using var scope = new TensorScope();
        using AlternatingTrainer trainer = Make(turns: 3, alone: 0, out Role student, out Role peer);
        float[] weights = Nets.Values(student.Model), others = Nets.Values(peer.Model);
        Step(trainer, 0);
        Assert.NotEqual(weights, Nets.Values(student.Model));
        Assert.NotEqual(others, Nets.Values(peer.Model));
        Assert.Equal(3, Moves(trainer, "peers.fake.optimizer."));
        Assert.Equal(1, Moves(trainer, "optimizer."));
    }

    [Fact]
    public void Peers_may_begin_alone_while_the_student_stays()
    {
        using var scope = new TensorScope();
        using AlternatingTrainer trainer = Make(turns: 1, alone: 2, out Role student, out Role peer);
        float[] weights = Nets.Values(student.Model), others = Nets.Values(peer.Model);
        Step(trainer, 0);
        Step(trainer, 1);
        Assert.Equal(weights, Nets.Values(student.Model));
        Assert.NotEqual(others, Nets.Values(peer.Model));
        Step(trainer, 2);
        Assert.NotEqual(weights, Nets.Values(student.Model));
    }

    // What the student's loss leaves in the peer's gradients must not move the peer.
    [Fact]
    public void The_peer_moves_by_its_own_loss_alone()
    {
        using var scope = new TensorScope();
        using AlternatingTrainer trainer = Make(turns: 1, alone: 0, out _, out Role peer, identity: true);
        using AlternatingTrainer still = Make(turns: 1, alone: 5, out _, out Role same, identity: true);
        Step(trainer, 0);
        Step(still, 0);
        Assert.Equal(Nets.Values(same.Model), Nets.Values(peer.Model));
    }

    [Fact]
    public void Taken_up_again_it_goes_on_with_the_same_bits()
    {
        using var scope = new TensorScope();
        using AlternatingTrainer whole = Make(turns: 2, alone: 1, out Role student, out Role peer);
        for (int step = 0; step < 2; step++)
            Step(whole, step);
        Dictionary<string, Tensor> state = whole.State().ToDictionary(s => s.Key, s => s.Value.Detach().Clone());
        Step(whole, 2);
        using AlternatingTrainer second = Make(turns: 2, alone: 1, out Role other, out Role otherPeer);
        second.Load(state);
        Step(second, 2);
        Assert.Equal(Nets.Values(student.Model), Nets.Values(other.Model));
        Assert.Equal(Nets.Values(peer.Model), Nets.Values(otherPeer.Model));
    }

    [Fact]
    public void A_stage_without_a_network_that_follows_the_student_is_refused()
    {
        using var scope = new TensorScope();
        using var criterion = new DistributionMatching(new DistributionMatchingOptions());
        Role student = ToyNets.Student(), teacher = ToyNets.Teacher();
        criterion.Attach(new Attachment { Student = student, Teachers = [teacher] });
        var error = Assert.Throws<ArgumentException>(() => criterion.Evaluate(ToyNets.Signals(ToyNets.Batch(), default, teacher)));
        Assert.Contains("trainer: alternating", error.Message, StringComparison.Ordinal);
    }

    private static AlternatingTrainer Make(int turns, long alone, out Role student, out Role peer, bool identity = false)
    {
        student = ToyNets.Student(Parameterization.Edm, seed: 1);
        peer = ToyNets.Student(Parameterization.Edm, seed: 2, name: "fake");
        Criterion own = identity ? new ScoreIdentity(new ScoreIdentityOptions()) : new DistributionMatching(new DistributionMatchingOptions());
        return new AlternatingTrainer(
            new TrainingSetup
            {
                Student = student,
                Teachers = [ToyNets.Teacher()],
                Peers = [peer],
                Criteria = [own],
                CriterionNames = ["own"],
                PeerCriteria = [[new Denoising(new DenoisingOptions { From = "student" })]],
                PeerCriterionNames = ["follow"],
                Optimizer = new AdamChoice { Lr = 0.01 },
            },
            ToyNets.Batch(8), turns, alone);
    }

    // The generator's draws differ from step to step, and are the same for two trainers at one step.
    private static void Step(AlternatingTrainer trainer, int step)
    {
        Engine.ManualSeed((ulong)(50 + step));
        using var meter = new TermMeter(trainer.FigureNames);
        trainer.Step(ToyNets.Batch(8), new StepClock(step, 10, 10), meter);
        Assert.All(meter.Take(), v => Assert.True(double.IsFinite(v)));
    }

    private static long Moves(AlternatingTrainer trainer, string prefix) => (long)trainer.State()
        .First(s => s.Key.StartsWith(prefix, StringComparison.Ordinal) && s.Key.EndsWith("step", StringComparison.Ordinal)).Value.ToDouble();
}
