using Retort.Distillation;
using Retort.Methods.Compression;
using Retort.Recipes;
using Retort.Tests.Training;
using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Training;

namespace Retort.Tests.Methods.Compression;

[Collection("default generator")]
public sealed class NormSparsityTests
{
    [Fact]
    public void It_is_the_sum_of_all_scales_sizes_and_pulls_each_towards_zero()
    {
        using var scope = new TensorScope();
        Tensor first = Tensor.From(new double[] { 1, -2, 0 }).SetRequiresGrad(), second = Tensor.From(new[] { 0.5 }).SetRequiresGrad();
        Tensor loss = NormSparsity.Loss([first, second]);
        loss.Backward();
        Assert.Equal(3.5, loss.ToDouble());
        Assert.Equal([1, -1, 0], first.Grad!.ToArray<double>());
        Assert.Equal([1.0], second.Grad!.ToArray<double>());
    }

    [Fact]
    public void It_moves_the_student_s_scales_and_nothing_else()
    {
        using var scope = new TensorScope();
        using Sequential net = Nets.Mlp(1);
        float[] linear = Nets.Values(net.Find("0"));
        using var trainer = new SupervisedTrainer(
            Nets.Setup(new Role("student", net), new NormSparsity(new NormSparsityOptions { Weight = 2 })), Nets.Batch(1));
        using var meter = new TermMeter(trainer.FigureNames);
        trainer.Step(Nets.Batch(1), new StepClock(0, 10, 5), meter);
        Assert.Equal(linear, Nets.Values(net.Find("0")));
        Assert.All(net.Find("1").OwnParameters[0].Value.ToArray<float>(), scale => Assert.Equal(0.8f, scale, 1e-6f));
    }

    [Fact]
    public void A_student_without_batch_norms_is_refused()
    {
        using var scope = new TensorScope();
        using var net = new Sequential(new Linear(6, 3));
        Assert.Contains("role 'student' has no batch norm with a scale", Assert.Throws<ArgumentException>(() => new SupervisedTrainer(
            Nets.Setup(new Role("student", net), new NormSparsity(new NormSparsityOptions())), Nets.Batch(1))).Message, StringComparison.Ordinal);
    }
}
