using Retort.Distillation;
using Retort.Recipes;
using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Training;
using Retort.Training.Optimizers;

namespace Retort.Tests.Training;

[Collection("default generator")]
public sealed class OpponentTests
{
    private static readonly StepClock First = new(0, 10, 5);

    // By hand: the critic reads the student's mean logit m as a·m and minimises it, so each step takes 0.5 · m from a.
    [Fact]
    public void An_opponent_steps_down_its_own_loss_at_its_own_rate_on_what_the_student_said()
    {
        using var scope = new TensorScope();
        using Sequential net = Nets.Mlp(1), same = Nets.Mlp(1);
        var game = new Game(new OpponentOptions { Optimizer = new SgdChoice { Lr = 0.5, Momentum = 0 }, Steps = 3 });
        using var trainer = new SupervisedTrainer(Nets.Setup(new Role("student", net), game), Nets.Batch(1));
        double before = game.Slope;
        double mean = same.Call(Nets.Batch(4).Input).Mean().ToDouble();
        Step(trainer, First);
        Assert.Equal(before - 3 * 0.5 * mean, game.Slope, 1e-5);
    }

    [Fact]
    public void The_student_moves_as_it_would_against_an_opponent_that_stands_still()
    {
        using var scope = new TensorScope();
        using Sequential net = Nets.Mlp(1), same = Nets.Mlp(1);
        var game = new Game(new OpponentOptions { Optimizer = new SgdChoice { Lr = 0.5, Momentum = 0 } });
        using var trainer = new SupervisedTrainer(Nets.Setup(new Role("student", net), game), Nets.Batch(1));
        double slope = game.Slope;
        using var plain = new SupervisedTrainer(
            Nets.Setup(new Role("student", same), new Term(s => -(s.Student.Logits.Mean() * slope))), Nets.Batch(1));
        Step(trainer, First);
        Step(plain, First);
        Assert.All(Nets.Values(same).Zip(Nets.Values(net)), pair => Assert.Equal(pair.First, pair.Second, 1e-6f));
    }

    [Fact]
    public void The_stage_s_schedule_slows_the_opponent_too()
    {
        using var scope = new TensorScope();
        using Sequential net = Nets.Mlp(1);
        var game = new Game(new OpponentOptions());
        using var trainer = new SupervisedTrainer(
            Nets.Setup(new Role("student", net), game) with { Schedule = Schedule.Constant(0) }, Nets.Batch(1));
        double before = game.Slope;
        Step(trainer, First);
        Assert.Equal(before, game.Slope);
    }

    [Fact]
    public void A_checkpoint_holds_the_opponent_s_optimiser()
    {
        using var scope = new TensorScope();
        using Sequential net = Nets.Mlp(1), other = Nets.Mlp(5);
        Game game = new(new OpponentOptions()), again = new(new OpponentOptions());
        using SupervisedTrainer trainer = new(Nets.Setup(new Role("student", net), game), Nets.Batch(1)),
            resumed = new(Nets.Setup(new Role("student", other), again), Nets.Batch(1));
        Step(trainer, First);
        Step(trainer, First with { Step = 1 });
        resumed.Load(trainer.State().ToDictionary());
        Step(trainer, First with { Step = 2 });
        Step(resumed, First with { Step = 2 });
        Assert.Equal(game.Slope, again.Slope);
        Assert.Equal(Nets.Values(net), Nets.Values(other));
    }

    [Fact]
    public void A_term_that_names_an_opponent_and_owns_none_is_refused()
    {
        using var scope = new TensorScope();
        using Sequential net = Nets.Mlp(1);
        var game = new Game(new OpponentOptions()) { Mover = PartMover.Learner };
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => new SupervisedTrainer(Nets.Setup(new Role("student", net), game), Nets.Batch(1)));
        Assert.StartsWith("'Game' names an opponent and owns no part that is one.", error.Message, StringComparison.Ordinal);
    }

    private static void Step(Trainer trainer, StepClock clock)
    {
        using var meter = new TermMeter(trainer.FigureNames);
        trainer.Step(Nets.Batch(4), clock, meter);
    }

    // The student raises what the critic makes of its mean logit, and the critic lowers it.
    private sealed class Game(OpponentOptions opponent) : Criterion(new TermOptions())
    {
        private Linear? _critic;

        public override bool NeedsTeacher => false;

        public override OpponentOptions? Opponent => opponent;

        public PartMover Mover { get; init; } = PartMover.Opponent;

        public double Slope => _critic!.Parameters().First().Value.ToDouble();

        public override void Prepare(Signals signals) => _critic = Own("critic", new Linear(1, 1, bias: false), Mover);

        protected override Tensor Compute(Signals signals) => -Verdict(signals);

        protected override Tensor ComputeOpponent(Signals signals) => Verdict(signals);

        private Tensor Verdict(Signals signals) => _critic!.Call(signals.Student.Logits.Mean().Reshape([1, 1])).Sum();
    }
}
