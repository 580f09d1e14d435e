using Retort.Data;
using Retort.Federation.Attacks;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Federation;

public sealed class AttackTests
{
    [Fact]
    public void Flipped_labels_are_the_last_for_the_first()
    {
        Dataset data = Dataset.OfNumbers("n", "train", [1, 2, 3], [1], [0, 2, Dataset.NoLabel], ["a", "b", "c"]);
        Assert.Equal([2L, 0, Dataset.NoLabel], new LabelFlip().Poison(data).Labels);
    }

    [Fact]
    public void Zeros_are_zeros_and_noise_is_the_seed_s()
    {
        using var scope = new TensorScope();
        using var zero = new Linear(2, 2);
        new ZeroAttack().Tamper(zero, 1);
        Assert.All(zero.Parameters(), p => Assert.Equal(0, p.Value.Abs().Max().ToDouble()));
        Assert.Equal(Noisy(7), Noisy(7));
        Assert.NotEqual(Noisy(7), Noisy(8));
        Assert.InRange(Noisy(7).Select(Math.Abs).Average(), 0.1, 5);

        static float[] Noisy(ulong seed)
        {
            using var model = new Linear(4, 4);
            new ZeroAttack().Tamper(model, 1);
            new NoiseAttack().Tamper(model, seed);
            return model.Weight.Value.ToArray<float>();
        }
    }
}
