using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Torch.Optim;

namespace Retort.Tests.Torch.Optim;

public sealed class EmaTests
{
    [Fact]
    public void The_average_follows_parameters_and_floating_buffers_and_copies_counters()
    {
        using var net = new Net(8);
        using var ema = new Ema(net, new EmaOptions { Decay = 0.75 });
        net.Set(4, 2, 5);
        ema.Update();
        Assert.Equal(0.75 * 8 + 0.25 * 4, ema.Averages["inner.weight"].ToDouble());
        Assert.Equal(0.75 * 0 + 0.25 * 2, ema.Averages["inner.mean"].ToDouble());
        Assert.Equal(5, ema.Averages["inner.count"].ToInt64());
        net.Set(4, 2, 6);
        ema.Update();
        Assert.Equal(0.75 * 7 + 0.25 * 4, ema.Averages["inner.weight"].ToDouble());
        Assert.Equal(2, ema.UpdateCount);
    }

    [Fact]
    public void Buffers_are_copied_if_so_chosen()
    {
        using var net = new Net(8);
        using var ema = new Ema(net, new EmaOptions { Decay = 0.75, AverageBuffers = false });
        net.Set(4, 2, 5);
        ema.Update();
        Assert.Equal(2, ema.Averages["inner.mean"].ToDouble());
    }

    [Fact]
    public void Warming_up_the_decay_begins_low()
    {
        using var net = new Net(0);
        using var ema = new Ema(net, new EmaOptions { Decay = 0.2, WarmUp = true });
        Assert.Equal(0.1, ema.NextDecay);
        ema.Update();
        Assert.Equal(2.0 / 11, ema.NextDecay);
        ema.Update();
        Assert.Equal(0.2, ema.NextDecay);
    }

    [Fact]
    public void Swapped_in_the_module_computes_with_the_averages_and_gets_its_own_values_back()
    {
        using var scope = new TensorScope();
        using var net = new Net(8);
        using var ema = new Ema(net, new EmaOptions { Decay = 0.5 });
        net.Set(4, 2, 5);
        ema.Update();
        Tensor x = Tensor.From([1.0]);
        using (ema.Swap())
            Assert.Equal(6, net.Call(x).ToDouble());
        Assert.Equal(4, net.Call(x).ToDouble());
    }

    [Fact]
    public void The_averages_can_be_copied_into_another_module()
    {
        using var net = new Net(8);
        using var teacher = new Net(0);
        using var ema = new Ema(net);
        ema.CopyTo(teacher);
        Assert.Equal(8, teacher.StateDict()["inner.weight"].ToDouble());
    }

    [Fact]
    public void Saved_and_loaded_it_goes_on_with_the_same_bits()
    {
        using var scope = new TensorScope();
        using var net = new Net(8);
        using var whole = new Ema(net, new EmaOptions { WarmUp = true });
        using var resumed = new Ema(net, new EmaOptions { WarmUp = true });
        net.Set(3, 1, 1);
        whole.Update();
        resumed.Load(whole.State().ToDictionary(s => s.Key, s => s.Value.Clone()));
        net.Set(-5, 7, 2);
        whole.Update();
        resumed.Update();
        Assert.Equal(2, resumed.UpdateCount);
        Assert.All(whole.Averages, average => Assert.True(average.Value.Equal(resumed.Averages[average.Key]), average.Key));
    }

    [Fact]
    public void A_state_of_another_module_is_refused()
    {
        using var scope = new TensorScope();
        using var net = new Net(8);
        using var ema = new Ema(net);
        var state = new Dictionary<string, Tensor>(ema.State());
        state.Remove("ema.inner.mean");
        Assert.Equal("The average's state lacks 'ema.inner.mean'.", Assert.Throws<InvalidDataException>(() => ema.Load(state)).Message);
        state["ema.outer.mean"] = Tensor.Zeros(1);
        Assert.Contains("'ema.outer.mean'", Assert.Throws<InvalidDataException>(() => ema.Load(state)).Message, StringComparison.Ordinal);
    }

    private sealed class Net : Module
    {
        private readonly Scale _inner;

        public Net(double weight) => _inner = Child("inner", new Scale(weight));

        public void Set(double weight, double mean, long count) => _inner.Set(weight, mean, count);

        protected override Tensor Forward(Tensor input) => _inner.Call(input);

        private sealed class Scale : Module
        {
            private readonly Parameter _weight;
            private readonly Retort.Torch.Nn.Buffer _mean;
            private readonly Retort.Torch.Nn.Buffer _count;

            public Scale(double weight)
            {
                _weight = Parameter("weight", Tensor.From([weight]));
                _mean = Buffer("mean", Tensor.From([0.0]));
                _count = Buffer("count", Tensor.From([0L]));
            }

            public void Set(double weight, double mean, long count)
            {
                using var noGrad = Autograd.NoGrad();
                _weight.Value.FillInPlace(weight);
                _mean.Value.FillInPlace(mean);
                _count.Value.FillInPlace(count);
            }

            protected override Tensor Forward(Tensor input) => input * _weight;
        }
    }
}
