using Retort.Distillation;
using Retort.Methods.Logits;
using Retort.Recipes;
using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Training;

namespace Retort.Tests.Training;

public sealed class MutualTrainerTests
{
    private static readonly StepClock First = new(0, 10, 5);

    [Fact]
    public void A_step_moves_each_network_down_its_own_loss_with_the_others_held_still()
    {
        using var scope = new TensorScope();
        using Sequential a = Nets.Mlp(1), b = Nets.Mlp(2), sameA = Nets.Mlp(1), sameB = Nets.Mlp(2);
        using MutualTrainer trainer = Pair(a, b, inTurn: false);
        Step(trainer);
        Tensor input = Nets.Batch(4).Input, labels = Nets.Batch(4).Labels;
        Tensor logitsA = sameA.Call(input), logitsB = sameB.Call(input);
        ByHand(sameA, logitsA, logitsB.Detach(), labels);
        ByHand(sameB, logitsB, logitsA.Detach(), labels);
        AssertClose(Nets.Values(sameA), Nets.Values(a));
        AssertClose(Nets.Values(sameB), Nets.Values(b));
    }

    [Fact]
    public void In_turn_the_second_network_sees_the_first_one_s_new_predictions()
    {
        using var scope = new TensorScope();
        using Sequential a = Nets.Mlp(1), b = Nets.Mlp(2), sameA = Nets.Mlp(1), sameB = Nets.Mlp(2);
        using MutualTrainer trainer = Pair(a, b, inTurn: true);
        Step(trainer);
        Tensor input = Nets.Batch(4).Input, labels = Nets.Batch(4).Labels;
        ByHand(sameA, sameA.Call(input), sameB.Call(input).Detach(), labels);
        using (BatchStatistics.Hold(sameA))
        {
            Tensor renewed = sameA.Call(input).Detach();
            using IDisposable once = BatchStatistics.Hold(sameB);
            ByHand(sameB, sameB.Call(input), renewed, labels);
        }

        AssertClose(Weights(sameA), Weights(a));
        AssertClose(Weights(sameB), Weights(b));
    }

    [Fact]
    public void A_checkpoint_holds_every_network_and_its_optimiser()
    {
        using var scope = new TensorScope();
        using Sequential a = Nets.Mlp(1), b = Nets.Mlp(2), otherA = Nets.Mlp(5), otherB = Nets.Mlp(6);
        using MutualTrainer trainer = Pair(a, b, inTurn: false), resumed = Pair(otherA, otherB, inTurn: false);
        Step(trainer);
        resumed.Load(trainer.State().ToDictionary());
        Step(trainer);
        Step(resumed);
        Assert.Equal(Nets.Values(a), Nets.Values(otherA));
        Assert.Equal(Nets.Values(b), Nets.Values(otherB));
    }

    [Fact]
    public void Figures_name_the_peer_that_they_are_of()
    {
        using var scope = new TensorScope();
        using Sequential a = Nets.Mlp(1), b = Nets.Mlp(2);
        using MutualTrainer trainer = Pair(a, b, inTurn: false);
        Assert.Equal(["loss", "loss/term0", "loss/term1", "b/loss", "b/loss/term0", "b/loss/term1"], trainer.FigureNames);
        Assert.Equal(["a", "b"], trainer.Results.Select(r => r.Name));
    }

    private static MutualTrainer Pair(Module a, Module b, bool inTurn) => new(
        Nets.Setup(new Role("a", a), Terms()) with
        {
            Peers = [new Role("b", b)],
            PeerCriteria = [Terms()],
        },
        Nets.Batch(1), inTurn);

    private static Criterion[] Terms() =>
        [new CrossEntropy(new CrossEntropyOptions()), new DeepMutualLearning(new DeepMutualLearningOptions())];

    private static void ByHand(Module net, Tensor logits, Tensor peer, Tensor labels)
    {
        net.ZeroGrad();
        (CrossEntropy.Loss(logits, labels) + DeepMutualLearning.Loss(logits, peer)).Backward();
        using GradMode off = Autograd.NoGrad();
        foreach (Parameter parameter in net.Parameters())
            parameter.Value.CopyInPlace(parameter.Value - 0.1 * parameter.Value.Grad!);
    }

    private static void Step(Trainer trainer)
    {
        using var meter = new TermMeter(trainer.FigureNames);
        trainer.Step(Nets.Batch(4), First, meter);
    }

    private static float[] Weights(Module net) => [.. net.Parameters().SelectMany(p => p.Value.ToArray<float>())];

    private static void AssertClose(float[] expected, float[] found)
    {
        Assert.Equal(expected.Length, found.Length);
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
    }
}
