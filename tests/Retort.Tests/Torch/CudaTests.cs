using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Torch.Optim;

namespace Retort.Tests.Torch;

public sealed class CudaTests : IDisposable
{
    private readonly TensorScope _scope = new();

    public void Dispose() => _scope.Dispose();

    [SkippableFact]
    public void A_training_step_on_the_device_is_that_of_the_host()
    {
        RequireCuda();
        using var random = new Generator(4);
        Tensor images = Tensor.Randn(random, 8, 3, 12, 12), labels = Tensor.Arange(8);
        using Sequential host = Network(random), device = Network(random);
        device.LoadStateDict(host.StateDict());
        device.To(Device.Cuda());
        double[] losses = Array.ConvertAll(new[] { host, device }, net =>
        {
            Device place = net.Parameters().First().Value.Device;
            using var optimizer = new Sgd(net.Parameters().Select(p => p.Value), new SgdOptions { LearningRate = 0.1, Momentum = 0.9 });
            double loss = 0;
            for (int step = 0; step < 5; step++)
            {
                net.ZeroGrad();
                Tensor value = net.Call(images.To(place)).CrossEntropyLoss(labels.To(place));
                value.Backward();
                optimizer.Step();
                loss = value.ToDouble();
            }

            return loss;
        });
        Assert.Equal(losses[0], losses[1], 1e-2);
        Assert.Equal(DeviceType.Cuda, device.Parameters().First().Value.Device.Type);
    }

    [SkippableTheory]
    [InlineData(DType.BFloat16)]
    [InlineData(DType.Float16)]
    public void Autocast_computes_products_in_the_narrow_type(DType dtype)
    {
        RequireCuda();
        Tensor a = Tensor.Randn(null, 32, 32).To(Device.Cuda());
        using (Engine.Autocast(DeviceType.Cuda, dtype))
            Assert.Equal(dtype, a.MatMul(a).DType);
        Assert.Equal(DType.Float32, a.MatMul(a).DType);
    }

    [SkippableFact]
    public void A_script_moves_to_the_device_with_its_weights()
    {
        RequireCuda();
        using var random = new Generator(6);
        using Sequential net = Network(random);
        net.Eval();
        Tensor x = Tensor.Randn(random, 2, 3, 12, 12);
        using ScriptModule traced = ScriptModule.Trace(net, x);
        traced.To(Device.Cuda());
        using GradMode off = Autograd.NoGrad();
        Tensor found = traced.Call(x.To(Device.Cuda()))[0];
        Assert.Equal(DeviceType.Cuda, found.Device.Type);
        Assert.InRange((found.To(Device.Cpu) - net.Call(x)).Abs().Max().ToDouble(), 0, 1e-2);
    }

    [SkippableFact]
    public void Values_come_back_as_they_went_in_every_type()
    {
        RequireCuda();
        foreach (DType dtype in new[] { DType.Float64, DType.Float32, DType.Float16, DType.BFloat16, DType.Int64, DType.UInt8, DType.Bool })
        {
            Tensor host = Tensor.From([0f, 1, 1, 0]).To(dtype);
            Tensor back = host.To(Device.Cuda()).To(Device.Cpu);
            Assert.True(host.Equal(back), $"{dtype}");
        }
    }

    [SkippableFact]
    public void Memory_that_cannot_be_had_is_reported_as_such_and_the_device_goes_on()
    {
        RequireCuda();
        Tensor small = Tensor.Ones(4).To(Device.Cuda());
        var error = Assert.Throws<TorchException>(() => small.Expand([1L << 42, 4]).Clone());
        Assert.Equal(TorchErrorKind.OutOfMemory, error.Kind);
        Assert.Equal(4, small.Sum().ToDouble());
        Engine.Synchronize(Device.Cuda());
    }

    [SkippableFact]
    public void A_device_that_is_not_there_is_refused()
    {
        RequireCuda();
        Assert.Throws<TorchException>(() => Tensor.Ones(1).To(Device.Cuda(99)));
    }

    private static Sequential Network(Generator random)
    {
        var net = new Sequential(
            new Conv2d(3, 8, 3, padding: 1), new BatchNorm2d(8), new Relu(), new AdaptiveAvgPool2d(2), new Flatten(), new Linear(32, 10));
        foreach (Parameter parameter in net.Parameters())
            parameter.Value.Detach().NormalInPlace(0, 0.2, random);
        return net;
    }

    private static void RequireCuda() => Skip.If(Engine.CudaDevices == 0, "there is no CUDA device here");
}
