using Retort.Torch;
using Retort.Torch.Optim;

namespace Retort.Tests.Torch.Optim;

public sealed class SplitSgdTests
{
    private static readonly SgdOptions Options = new() { LearningRate = 0.1, Momentum = 0.5 };

    // By hand, μ − Δ = 0.25 and μ + Δ = 0.75: b₁ = 1, then 1.25; b₂ = 2, then 0.5; lr 0.1.
    [Fact]
    public void Each_gradient_keeps_the_share_that_its_loss_is_given()
    {
        using var scope = new TensorScope();
        Tensor parameter = Tensor.From(new double[] { 1 }).SetRequiresGrad();
        using var optimizer = new SplitSgd([new ParameterGroup([parameter])], Options, 0.25);
        Step(optimizer, parameter, 1, 2);
        Assert.Equal(0.7, parameter.ToArray<double>()[0], 1e-12);
        Step(optimizer, parameter, 1, -1);
        Assert.Equal(0.525, parameter.ToArray<double>()[0], 1e-12);
    }

    // By hand: b = 1, then 0.5 · 1 + 1, whichever of the losses it is that reaches the parameter.
    [Theory]
    [InlineData(1.0, null)]
    [InlineData(null, 1.0)]
    public void A_parameter_of_one_loss_alone_keeps_the_share_in_the_middle(double? first, double? second)
    {
        using var scope = new TensorScope();
        Tensor parameter = Tensor.From(new double[] { 1 }).SetRequiresGrad();
        using var optimizer = new SplitSgd([new ParameterGroup([parameter])], Options, 0.25);
        Step(optimizer, parameter, first, second);
        Step(optimizer, parameter, first, second);
        Assert.Equal(1 - 0.1 - 0.15, parameter.ToArray<double>()[0], 1e-12);
    }

    // By hand: the decay λp = 0.5 counts once, so p moves by 0.1 · (1 + 0.5 + 2).
    [Fact]
    public void The_decay_counts_once_and_the_rate_of_a_group_for_both()
    {
        using var scope = new TensorScope();
        Tensor parameter = Tensor.From(new double[] { 1 }).SetRequiresGrad();
        using var optimizer = new SplitSgd(
            [new ParameterGroup([parameter])], Options with { LearningRate = 7, WeightDecay = 0.5 }, 0.25);
        optimizer.Groups[0].LearningRate = 0.1;
        Step(optimizer, parameter, 1, 2);
        Assert.Equal(0.65, parameter.ToArray<double>()[0], 1e-12);
    }

    [Fact]
    public void Saved_and_loaded_it_goes_on_with_the_same_bits()
    {
        using var scope = new TensorScope();
        Tensor whole = Tensor.From(new float[] { 1, -2 }).SetRequiresGrad(), resumed = whole.Detach().Clone().SetRequiresGrad();
        using var throughout = new SplitSgd([new ParameterGroup([whole])], Options with { Nesterov = true }, 0.3);
        using var before = new SplitSgd([new ParameterGroup([resumed])], Options with { Nesterov = true }, 0.3);
        Step(throughout, whole, 0.3, 0.7);
        Step(before, resumed, 0.3, 0.7);
        Dictionary<string, Tensor> saved = before.State().ToDictionary(s => s.Key, s => s.Value.Clone());
        using var after = new SplitSgd([new ParameterGroup([resumed])], Options with { Nesterov = true }, 0.3);
        after.Load(saved);
        Step(throughout, whole, 0.2, -0.1);
        Step(after, resumed, 0.2, -0.1);
        Assert.Equal(whole.ToArray<float>(), resumed.ToArray<float>());
        Assert.Equal(2, after.StepCount);
        saved["third.step"] = Tensor.FromScalar(1L);
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => after.Load(saved));
        Assert.Contains("'third.step' is no name of it", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.6)]
    [InlineData(-0.6)]
    public void A_share_outside_its_range_is_refused(double difference)
    {
        using var scope = new TensorScope();
        Tensor parameter = Tensor.From(new double[] { 1 }).SetRequiresGrad();
        Assert.Throws<ArgumentOutOfRangeException>(() => new SplitSgd([new ParameterGroup([parameter])], Options, difference));
    }

    private static void Step(SplitSgd optimizer, Tensor parameter, double? first, double? second)
    {
        Tensor? Gradient(double? value) => value is { } number ? parameter.FullLike(number) : null;
        parameter.Grad = Gradient(first);
        optimizer.Hold();
        parameter.Grad = Gradient(second);
        optimizer.Step();
    }
}
