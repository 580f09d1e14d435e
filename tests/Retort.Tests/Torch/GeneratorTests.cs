using Retort.Torch;

namespace Retort.Tests.Torch;

[Collection("default generator")]
public sealed class GeneratorTests : IDisposable
{
    private readonly TensorScope _scope = new();

    public void Dispose() => _scope.Dispose();

    // Normal numbers are drawn in pairs and kept in a cache, whose state has to come back too.
    [Fact]
    public void The_default_generator_goes_on_bit_by_bit_from_a_saved_state()
    {
        Generator random = Generator.Default;
        random.Seed(3);
        Draw(7);
        byte[] state = random.State;
        float[] expected = Draw(33);
        random.Seed(4);
        Assert.NotEqual(expected, Draw(33));
        random.State = state;
        Assert.Equal(expected, Draw(33));
        random.State = state;
        Assert.Equal(state, random.State);

        static float[] Draw(int count)
        {
            using var scope = new TensorScope();
            Tensor one = Tensor.Randn(null, 1), many = Tensor.Randn(null, count), dropped = Ops.Dropout(Tensor.Ones(count), 0.5, true);
            return [.. one.ToArray<float>(), .. many.ToArray<float>(), .. dropped.ToArray<float>()];
        }
    }

    [Fact]
    public void Bytes_that_are_no_state_are_refused()
    {
        using var random = new Generator(1);
        byte[] state = random.State;
        Assert.Throws<TorchException>(() => random.State = [1, 2, 3]);
        Assert.Equal(state, random.State);
    }

    [Fact]
    public void Generators_of_one_seed_give_the_same_numbers_whatever_others_draw()
    {
        using Generator one = new(9), other = new(9);
        Tensor first = Tensor.Randn(one, 5);
        Tensor.Randn(null, 5);
        Assert.Equal(first.ToArray<float>(), Tensor.Randn(other, 5).ToArray<float>());
    }
}
