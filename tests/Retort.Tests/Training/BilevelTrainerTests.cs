using Retort.Data;
using Retort.Distillation;
using Retort.Methods.Logits;
using Retort.Recipes;
using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Training;
using Retort.Training.Optimizers;

namespace Retort.Tests.Training;

[Collection("default generator")]
public sealed class BilevelTrainerTests
{
    private const double Rate = 0.3;
    private static readonly StepClock First = new(0, 10, 5);

    // In float64, so that the finite differences tell a second-order gradient from a wrong one.
    [Fact]
    public void Parts_move_down_the_held_out_loss_of_the_student_s_next_step()
    {
        using var scope = new TensorScope();
        Batch batch = Wide(Nets.Batch(4)), held = Wide(Held().Gather([.. Enumerable.Range(0, 12)]));
        using Sequential net = WideMlp();
        var weigher = new Weigher();
        using BilevelTrainer trainer = Make(net, weigher, new SgdChoice { Lr = 1, Momentum = 0 }, Held(12));
        double[] before = weigher.Values();
        double[] expected = Slopes(before, w => HeldOutAfterStep(w, batch, held));
        Step(trainer, batch, First);
        double[] moved = [.. before.Zip(weigher.Values(), (b, a) => b - a)];
        Assert.All(expected, slope => Assert.True(Math.Abs(slope) > 1e-5));
        Assert.All(expected.Zip(moved), pair => Assert.Equal(pair.First, pair.Second, 1e-7));
    }

    [Fact]
    public void The_student_moves_with_the_new_parts_and_its_statistics_count_the_batch_once()
    {
        using var scope = new TensorScope();
        Batch batch = Wide(Nets.Batch(4));
        using Sequential net = WideMlp(), same = WideMlp();
        var weigher = new Weigher();
        using BilevelTrainer trainer = Make(net, weigher, new SgdChoice { Lr = 1, Momentum = 0 }, Held(12));
        Step(trainer, batch, First);
        Weigher.LossOf(same.Call(batch.Input), batch, weigher.Parts!).Backward();
        using GradMode off = Autograd.NoGrad();
        foreach (Parameter parameter in same.Parameters())
            parameter.Value.CopyInPlace(parameter.Value - Rate * parameter.Value.Grad!);
        Assert.All(
            same.StateDict().Values.Zip(net.StateDict().Values),
            pair => Assert.True(pair.First.To(DType.Float64).Allclose(pair.Second.To(DType.Float64), rtol: 1e-10, atol: 1e-12)));
    }

    [Fact]
    public void Between_their_steps_the_parts_stand_still()
    {
        using var scope = new TensorScope();
        using Sequential net = WideMlp();
        var weigher = new Weigher();
        using BilevelTrainer trainer = Make(net, weigher, new AdamChoice(), Held(12), every: 2);
        double[] begin = weigher.Values();
        Step(trainer, Wide(Nets.Batch(4)), First);
        double[] first = weigher.Values();
        Step(trainer, Wide(Nets.Batch(5)), First with { Step = 1 });
        Assert.Equal(first, weigher.Values());
        Step(trainer, Wide(Nets.Batch(6)), First with { Step = 2 });
        Assert.NotEqual(begin, first);
        Assert.NotEqual(first, weigher.Values());
    }

    [Fact]
    public void A_checkpoint_holds_the_parts_optimiser()
    {
        using var scope = new TensorScope();
        using Sequential net = WideMlp(), other = WideMlp(7);
        Weigher weigher = new(), again = new();
        using BilevelTrainer trainer = Make(net, weigher, new AdamChoice(), Held(12)), resumed = Make(other, again, new AdamChoice(), Held(12));
        Step(trainer, Wide(Nets.Batch(4)), First);
        resumed.Load(trainer.State().ToDictionary());
        Step(trainer, Wide(Nets.Batch(5)), First with { Step = 1 });
        Step(resumed, Wide(Nets.Batch(5)), First with { Step = 1 });
        Assert.Equal(weigher.Values(), again.Values());
        Assert.Equal(Nets.Values(net), Nets.Values(other));
    }

    [Fact]
    public void Parts_that_held_out_samples_decide_are_refused_where_none_are_held_out()
    {
        using var scope = new TensorScope();
        using Sequential net = WideMlp();
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => new SupervisedTrainer(Nets.Setup(new Role("student", net), new Weigher()), Wide(Nets.Batch(1))));
        Assert.Equal(
            "'Weigher' owns parts that held-out samples decide, and none are held out; write `held_out:` and `trainer: bilevel`.",
            error.Message);
    }

    [Fact]
    public void A_held_out_loss_that_needs_more_than_labels_is_refused()
    {
        using var loss = new KnowledgeDistillation(new KnowledgeDistillationOptions());
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => new HeldOut(new Loader(Held(), new LoaderOptions { BatchSize = 4 }), loss));
        Assert.StartsWith("a held-out loss is the task's, of labels alone, and 'KnowledgeDistillation' is not.", error.Message, StringComparison.Ordinal);
    }

    // The student one plain step after weights w, on the held-out samples.
    private static double HeldOutAfterStep(double[] weights, Batch batch, Batch held)
    {
        using var scope = new TensorScope();
        using Sequential net = WideMlp();
        using var parts = new Linear(2, 1);
        parts.To(dtype: DType.Float64);
        Weigher.Put(parts, weights);
        Weigher.LossOf(net.Call(batch.Input), batch, parts).Backward();
        using GradMode off = Autograd.NoGrad();
        foreach (Parameter parameter in net.Parameters())
            parameter.Value.CopyInPlace(parameter.Value - Rate * parameter.Value.Grad!);
        return CrossEntropy.Loss(net.Call(held.Input), held.Labels).ToDouble();
    }

    private static double[] Slopes(double[] at, Func<double[], double> value)
    {
        const double step = 1e-5;
        return [.. at.Select((_, k) => (value(Moved(k, step)) - value(Moved(k, -step))) / (2 * step))];

        double[] Moved(int k, double by)
        {
            double[] moved = [.. at];
            moved[k] += by;
            return moved;
        }
    }

    private static BilevelTrainer Make(Sequential net, Weigher weigher, OptimizerOptions parts, Dataset held, int every = 1) => new(
        Nets.Setup(new Role("student", net), weigher) with
        {
            Optimizer = new SgdChoice { Lr = Rate, Momentum = 0 },
            HeldOut = new HeldOut(
                new Loader(held, new LoaderOptions { BatchSize = 12, Transforms = [new ToDouble()] }),
                new CrossEntropy(new CrossEntropyOptions())),
        },
        Wide(Nets.Batch(1)), parts, every);

    private static Sequential WideMlp(int seed = 1)
    {
        Sequential net = Nets.Mlp(seed);
        net.To(dtype: DType.Float64);
        return net;
    }

    private static Batch Wide(Batch batch) => batch.With(batch.Input.To(DType.Float64));

    private static Dataset Held(int count = 12)
    {
        Batch batch = Nets.Batch(9, count);
        return Dataset.OfNumbers(
            "held", "train", batch.Input.ToArray<float>(), [Nets.Features], batch.Labels.ToArray<long>(), ["a", "b", "c"]);
    }

    private static void Step(Trainer trainer, Batch batch, StepClock clock)
    {
        using var meter = new TermMeter(trainer.FigureNames);
        trainer.Step(batch, clock, meter);
    }

    private sealed class ToDouble : IBatchTransform
    {
        public Batch Apply(Batch batch, in TransformMoment at) => Wide(batch);
    }

    // Each sample's cross-entropy weighted by a learned function of two of its features.
    private sealed class Weigher() : Criterion(new TermOptions())
    {
        public Linear? Parts { get; private set; }

        public override bool NeedsTeacher => false;

        public static Tensor LossOf(Tensor logits, Batch batch, Module parts)
        {
            Tensor each = -logits.LogSoftmax(1).Gather(1, batch.Labels.Unsqueeze(1)).Squeeze(1);
            return (each * parts.Call(batch.Input.Narrow(1, 0, 2)).Sigmoid().Squeeze(1)).Mean();
        }

        public static void Put(Module parts, double[] values)
        {
            using GradMode off = Autograd.NoGrad();
            int at = 0;
            foreach (Parameter parameter in parts.Parameters())
            {
                int count = (int)parameter.Value.NumElements;
                parameter.Value.CopyInPlace(Tensor.From(values[at..(at + count)], parameter.Value.Shape));
                at += count;
            }
        }

        public double[] Values() => [.. Parts!.Parameters().SelectMany(p => p.Value.ToArray<double>())];

        public override void Prepare(Signals signals)
        {
            Parts = Own("parts", new Linear(2, 1), PartMover.HeldOut);
            Parts.To(dtype: DType.Float64);
            Put(Parts, [0.3, -0.2, 0.1]);
        }

        protected override Tensor Compute(Signals signals) => LossOf(signals.Student.Logits, signals.Batch, Parts!);
    }
}
