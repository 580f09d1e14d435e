using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Torch;

public sealed class AutogradTests
{
    [Fact]
    public void Backward_adds_up_in_the_leaves()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.From([3.0]).SetRequiresGrad();
        (x * x).Backward();
        (x * x).Backward();
        Assert.Equal(12, x.Grad!.ToDouble());
        x.Grad = null;
        Assert.Null(x.Grad);
    }

    // x⁴: 4x³, 12x², 24x.
    [Fact]
    public void Derivatives_of_second_and_third_order()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.From([2.0]).SetRequiresGrad();
        Tensor first = Autograd.Grad(x.Pow(4), [x], createGraph: true)[0];
        Tensor second = Autograd.Grad(first, [x], createGraph: true)[0];
        Tensor third = Autograd.Grad(second, [x])[0];
        Assert.Equal([32.0, 48, 48], [first.ToDouble(), second.ToDouble(), third.ToDouble()]);
    }

    [Fact]
    public void Second_order_through_convolution_and_normalisation_matches_finite_differences()
    {
        using var scope = new TensorScope();
        using var random = new Generator(3);
        Tensor image = Tensor.Randn(random, 2, 2, 5, 5).To(DType.Float64);
        Tensor kernel = Tensor.Randn(random, 3, 2, 3, 3).To(DType.Float64).SetRequiresGrad();
        Tensor labels = Tensor.From([0L, 2]);
        Tensor Loss(Tensor k)
        {
            Tensor y = Ops.Conv2d(image, k, padding: 1);
            y = Ops.BatchNorm(y, null, null, null, null, true, 0.1, 1e-5, false).Tanh().Mean([2, 3]);
            return y.CrossEntropyLoss(labels);
        }

        Tensor direction = Tensor.Randn(random, 3, 2, 3, 3).To(DType.Float64);
        Tensor gradient = Autograd.Grad(Loss(kernel), [kernel], createGraph: true)[0];
        Tensor product = Autograd.Grad((gradient * direction).Sum(), [kernel])[0];
        const double step = 1e-5;
        Tensor Shifted(double by)
        {
            Tensor k = (kernel.Detach() + (direction * by)).SetRequiresGrad();
            return Autograd.Grad(Loss(k), [k])[0];
        }

        Tensor numeric = (Shifted(step) - Shifted(-step)) / (2 * step);
        Assert.True((product - numeric).Abs().Max().ToDouble() < 1e-7);
    }

    [Fact]
    public void Nothing_is_recorded_without_grad()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.From([3.0]).SetRequiresGrad();
        using (Autograd.NoGrad())
        {
            Assert.False((x * x).RequiresGrad);
            using (Autograd.EnableGrad())
                Assert.True((x * x).RequiresGrad);
        }

        using (Autograd.InferenceMode())
            Assert.False((x * x).RequiresGrad);
        Assert.True((x * x).RequiresGrad);
        Assert.False(x.Detach().RequiresGrad);
    }

    [Fact]
    public void A_gradient_hook_sees_and_may_replace_the_gradient()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.From([3.0]).SetRequiresGrad();
        Tensor y = x * 2;
        double seen = 0;
        IDisposable hook = Autograd.OnGradient(y, g =>
        {
            seen = g.ToDouble();
            return g * 10;
        });
        (y * 5).Backward(retainGraph: true);
        Assert.Equal(5, seen);
        Assert.Equal(100, x.Grad!.ToDouble());
        hook.Dispose();
        x.Grad = null;
        (y * 5).Backward();
        Assert.Equal(10, x.Grad!.ToDouble());
    }

    [Fact]
    public void A_straight_through_estimator_is_a_custom_gradient()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.From([0.4, 1.6]).SetRequiresGrad();
        Tensor rounded = Autograd.Custom([x], () => [x.Round()], (gradients, _) => [gradients[0]])[0];
        (rounded * Tensor.From([1.0, 2])).Sum().Backward();
        Assert.Equal([0.0, 2], rounded.Detach().ToArray<double>());
        Assert.Equal([1.0, 2], x.Grad!.ToArray<double>());
    }

    [Fact]
    public void An_exception_in_a_custom_backward_reaches_the_caller()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.From([1.0]).SetRequiresGrad();
        Tensor y = Autograd.Custom([x], () => [x * 2], (_, _) => throw new InvalidOperationException("on purpose"))[0];
        Assert.Equal("on purpose", Assert.Throws<InvalidOperationException>(() => y.Backward()).Message);
    }

    [Fact]
    public void Checkpointing_gives_the_same_gradients_with_dropout_replayed()
    {
        using var scope = new TensorScope();
        Tensor weight = Tensor.Randn(new Generator(1), 8, 8).SetRequiresGrad();
        Tensor x = Tensor.Randn(new Generator(2), 4, 8).SetRequiresGrad();
        Tensor Block(Tensor input) => Ops.Dropout(input.MatMul(weight).Tanh(), 0.5, true).MatMul(weight);
        float[] Run(Func<Tensor> forward)
        {
            Engine.ManualSeed(7);
            weight.Grad = null;
            forward().Square().Sum().Backward();
            return weight.Grad!.ToArray<float>();
        }

        float[] plain = Run(() => Block(x));
        float[] saved = Run(() => Autograd.Checkpoint(inputs => Block(inputs[0]), x));
        Assert.Equal(plain, saved);
    }

    [Fact]
    public void A_dual_carries_its_tangent()
    {
        using var scope = new TensorScope();
        using ForwardLevel level = Autograd.Forward();
        Tensor x = level.Dual(Tensor.From([2.0]), Tensor.From([3.0]));
        Assert.Equal(3 * 3 * 4, level.Tangent(x.Pow(3))!.ToDouble());
    }

    [Fact]
    public void A_module_is_a_function_of_its_parameters()
    {
        using var scope = new TensorScope();
        using var module = new Scale(2);
        Tensor input = Tensor.From([5.0]);
        Tensor rate = Tensor.From([0.1]).SetRequiresGrad();
        Tensor inner = module.Call(input).Square().Sum();
        Tensor stepped = module.Weight - (rate * Autograd.Grad(inner, [module.Weight], createGraph: true)[0]);
        Tensor outer;
        using (module.WithParameters(new Dictionary<string, Tensor> { ["weight"] = stepped }))
            outer = module.Call(input).Sum();
        Assert.Equal(2.0, module.Weight.ToTensor().ToDouble());

        // d/dr of 5(2 − r·2·5·5·2) = −500.
        Assert.Equal(-500, Autograd.Grad(outer, [rate])[0].ToDouble(), 1e-9);
        Assert.Throws<ArgumentException>(() => module.WithParameters(new Dictionary<string, Tensor> { ["wait"] = rate }));
    }

    private sealed class Scale : Module
    {
        public Scale(double by) => Weight = Parameter("weight", Tensor.From([by]));

        public Parameter Weight { get; }

        protected override Tensor Forward(Tensor input) => input * Weight;
    }
}
