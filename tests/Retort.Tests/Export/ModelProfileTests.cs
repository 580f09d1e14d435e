using Retort.Export;
using Retort.Models.Vision;
using Retort.Reports;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Export;

[Collection("default generator")]
public sealed class ModelProfileTests : IDisposable
{
    private readonly TensorScope _scope = new();

    // 5·4 + 4·3
    [Fact]
    public void An_mlp_has_a_multiplication_for_each_weight() =>
        Assert.Equal(32, Macs(new Sequential(new Linear(5, 4), new Relu(), new Linear(4, 3)), 7, 5));

    // 3 → 8 channels, 3 × 3, on 6 × 6 outputs: 36·8·27. In groups of 4 of 8, 1 × 1, stride 2: 9·8·2. Head: 8·10.
    [Fact]
    public void A_convolution_counts_its_filter_at_each_output() => Assert.Equal(
        (36 * 8 * 27) + (9 * 8 * 2) + 80,
        Macs(
            new Sequential(
                new Conv2d(3, 8, 3, padding: 1), new BatchNorm2d(8), new Conv2d(8, 8, 1, stride: 2, groups: 4), new AdaptiveAvgPool2d(1),
                new Flatten(), new Linear(8, 10)),
            2, 3, 6, 6));

    // Each of the 2·5·5 inputs meets its 4·3·3 filter.
    [Fact]
    public void A_transposed_convolution_counts_its_filter_at_each_input() =>
        Assert.Equal(50 * 36, Macs(new ConvTranspose2d(2, 4, 3, stride: 2), 1, 2, 5, 5));

    // On 5 positions of width 8 with 2 heads: projections 5·8·24 and 5·8·8; scores and their use 2·(2·5·5·4).
    [Fact]
    public void Attention_counts_its_products() =>
        Assert.Equal((5 * 8 * 24) + (5 * 8 * 8) + (2 * 2 * 5 * 5 * 4), Macs(new MultiheadAttention(8, 2), 3, 5, 8));

    // 5 positions; 4 gates of 6 see the input of 8 and the state of 6.
    [Fact]
    public void A_recurrent_layer_counts_its_matrices_at_each_position() =>
        Assert.Equal(5 * 24 * (8 + 6), Macs(new Lstm(8, 6, new RecurrentOptions { BatchFirst = true }), 2, 5, 8));

    [Fact]
    public void Einsum_counts_every_combination() =>
        Assert.Equal(5 * 8 * 3, Macs(new Probe((x, w) => Ops.Einsum("ntd,od->nto", [x, w]), 3, 8), 2, 5, 8));

    // 442,368 in the stem; 14,155,776 in the first stage; 1,179,648 + 11,796,480 + 131,072 in each of the others; 640 at the end.
    [Fact]
    public void ResNet20_has_the_41_million_of_the_literature() =>
        Assert.Equal(40_813_184, Macs(new CifarResNetOptions { Depth = 20 }.Build(), 1, 3, 32, 32));

    [Fact]
    public void Parameters_and_bytes_are_those_of_the_checkpoint()
    {
        // Scale, shift and two statistics of 4 floats each, and a count of 8 bytes; 2 × 3 weights and 2 biases.
        using var module = new Sequential(new BatchNorm1d(4), new Linear(4, 2));
        ModelProfile profile = ModelProfile.Measure(module, Tensor.Ones(1, 4), new ModelProfileOptions { BatchSizes = [] });
        Assert.Equal(8 + 10, profile.Parameters);
        Assert.Equal((4 * 4 * 4) + 8 + (10 * 4), profile.Bytes);
    }

    // Passes of 1, 2, …, 20 ms: the median is the 10th, and the 19th is the first that 95 % stay within.
    [Fact]
    public void Latency_is_given_in_percentiles_of_the_passes_after_warming_up()
    {
        var clock = new SteppingClock();
        using var module = new Probe(x =>
        {
            clock.Pass();
            return x;
        });
        clock.WarmUp = 2;
        LatencySummary latency = ModelProfile.MeasureLatency(module, Tensor.Ones(1, 2), 7, new ModelProfileOptions
        {
            WarmUpPasses = 2,
            LeastPasses = 20,
            MostPasses = 20,
            Clock = clock,
        });
        Assert.Equal(new LatencySummary(7, 10, 19), latency);
    }

    [Fact]
    public void Measuring_stops_when_the_budget_is_spent()
    {
        var clock = new SteppingClock();
        int passes = 0;
        using var module = new Probe(x =>
        {
            passes++;
            clock.Pass();
            return x;
        });
        // 1 + 2 + 3 + 4 ms reach 10 ms.
        ModelProfile.MeasureLatency(module, Tensor.Ones(1, 2), 1, new ModelProfileOptions
        {
            WarmUpPasses = 0,
            LeastPasses = 1,
            Budget = TimeSpan.FromMilliseconds(10),
            Clock = clock,
        });
        Assert.Equal(4, passes);
    }

    [Fact]
    public void A_model_in_training_is_measured_in_evaluation_and_left_in_training()
    {
        using var module = new Sequential(new Linear(3, 3), new Dropout(0.5));
        Assert.Equal(9, ModelProfile.CountMacs(module, Tensor.Ones(1, 3)));
        Assert.True(module.Children[1].Value.Training);
    }

    [Fact]
    public void An_example_without_samples_is_refused() =>
        Assert.Throws<ShapeException>(() => ModelProfile.CountMacs(new Linear(3, 3), Tensor.Ones(2, 3).Narrow(0, 0, 0)));

    public void Dispose() => _scope.Dispose();

    private static long Macs(Module module, params long[] shape)
    {
        using (module)
            return ModelProfile.CountMacs(module, Tensor.Ones(shape));
    }

    // Time passes only inside the measured module: 1 ms more at each pass.
    private sealed class SteppingClock : TimeProvider
    {
        private long _ticks;
        private int _passes;

        public int WarmUp { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Pass()
        {
            if (++_passes > WarmUp)
                _ticks += (_passes - WarmUp) * TimeSpan.TicksPerMillisecond;
        }
    }
}
