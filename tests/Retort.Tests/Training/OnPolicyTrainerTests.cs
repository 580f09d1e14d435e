using Retort.Data;
using Retort.Data.Transforms;
using Retort.Distillation;
using Retort.Generation;
using Retort.Models.Text;
using Retort.Recipes;
using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Training;
using Retort.Training.Trainers;

namespace Retort.Tests.Training;

[Collection("default generator")]
public sealed class OnPolicyTrainerTests
{
    private const int Length = 6, Prompt = 2;

    [Fact]
    public void With_a_share_of_0_it_is_the_supervised_training_to_the_bit()
    {
        using var scope = new TensorScope();
        using Module own = Model(1), plain = Model(1);
        using Trainer onPolicy = new OnPolicyTrainer(Setup(own), Sample(), new OnPolicyChoice { Share = 0, Prompt = Prompt });
        using Trainer supervised = new SupervisedTrainer(Setup(plain), Sample());
        foreach (Trainer trainer in new[] { onPolicy, supervised })
        {
            Engine.ManualSeed(3);
            for (int step = 0; step < 5; step++)
                Step(trainer, step);
        }

        Assert.Equal(Nets.Values(plain), Nets.Values(own));
    }

    [Fact]
    public void With_a_share_of_1_every_batch_is_what_the_student_writes_after_the_prompts()
    {
        using var scope = new TensorScope();
        using Module model = Model(1);
        var seen = new List<(long[] Input, long[] Labels, bool Training)>();
        TrainingSetup setup = Setup(model, s =>
            seen.Add((s.Batch.Input.ToArray<long>(), s.Labels.ToArray<long>(), model.Training)));
        using Trainer trainer = new OnPolicyTrainer(setup, Sample(), new OnPolicyChoice { Share = 1, Prompt = Prompt });
        seen.Clear();
        Engine.ManualSeed(3);
        using Tensor prompts = Sample().Input.Narrow(1, 0, Prompt).Contiguous();
        long[] expected = SequenceWriter.Write(model, prompts, Length + 1, new SamplingOptions()).Tokens.ToArray<long>();
        Engine.ManualSeed(3);
        Step(trainer, 0);
        (long[] input, long[] labels, bool training) = Assert.Single(seen);
        Assert.True(training);
        for (int row = 0; row < 2; row++)
        {
            for (int place = 0; place < Length; place++)
            {
                Assert.Equal(expected[row * (Length + 1) + place], input[row * Length + place]);
                long next = expected[row * (Length + 1) + place + 1];
                bool counts = place + 1 >= Prompt && next != NextToken.Padding;
                Assert.Equal(counts ? next : Dataset.NoLabel, labels[row * Length + place]);
            }
        }
    }

    [Fact]
    public void Which_batches_are_the_student_s_own_depends_on_the_seed_and_the_step_alone()
    {
        using var scope = new TensorScope();
        using Module model = Model(1);
        bool[] first = Own(seed: 5, from: 0), rest = Own(seed: 5, from: 10), other = Own(seed: 6, from: 0);
        Assert.Equal(first[10..], rest);
        Assert.NotEqual(first, other);
        Assert.InRange(first.Count(own => own), 10, 30);

        bool[] Own(ulong seed, int from)
        {
            var own = new List<bool>();
            TrainingSetup setup = Setup(model, s => own.Add(s.Labels.Narrow(1, 0, 1).Max().ToInt64() == Dataset.NoLabel));
            using Trainer trainer = new OnPolicyTrainer(setup with { Seed = seed }, Sample(), new OnPolicyChoice { Prompt = Prompt });
            own.Clear();
            for (int step = from; step < 40; step++)
                Step(trainer, step);
            return [.. own];
        }
    }

    [Fact]
    public void A_network_that_writes_nothing_is_refused()
    {
        using var scope = new TensorScope();
        using Module net = Nets.Mlp(1);
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => new OnPolicyTrainer(Nets.Setup(new Role("net", net)), Sample(), new OnPolicyChoice()));
        Assert.Contains("role 'net' cannot be trained on its own text: it reads no tokens", error.Message, StringComparison.Ordinal);
    }

    private static void Step(Trainer trainer, int step)
    {
        using var meter = new TermMeter(trainer.FigureNames);
        using var scope = new TensorScope();
        trainer.Step(Sample(), new StepClock(step, 40, 10), meter);
    }

    private static TrainingSetup Setup(Module model, Action<Signals>? see = null) => Nets.Setup(
        new Role("student", model),
        new Term(signals =>
        {
            see?.Invoke(signals);
            return signals.Student.Output.Flatten(0, 1).CrossEntropyLoss(signals.Labels.Flatten(), ignoreIndex: Dataset.NoLabel);
        }));

    private static Module Model(ulong seed)
    {
        Engine.ManualSeed(seed);
        return new GptOptions { Vocabulary = 9, Context = Length, Width = 8, Depth = 1, Heads = 2, DropRate = 0.1 }.Build();
    }

    private static Batch Sample() => new(
        Tensor.From(new long[] { 1, 2, 3, 4, 5, 6, 8, 7, 6, 5, 4, 3 }, 2, Length),
        Tensor.From(new long[] { 2, 3, 4, 5, 6, 7, 7, 6, 5, 4, 3, 2 }, 2, Length), Tensor.Arange(2));
}
