using Retort.Data;
using Retort.Distillation;
using Retort.Methods.Features;
using Retort.Recipes;
using Retort.Torch;
using Retort.Torch.Optim;

namespace Retort.Tests.Methods.Features;

[Collection("default generator")]
public sealed class FactorTransferTests : IDisposable
{
    private readonly TensorScope _scope = new();

    public void Dispose() => _scope.Dispose();

    // (3, 4)/5 against (1, 0): |0.6 − 1| + |0.8 − 0| over two, and √(0.16 + 0.64).
    [Fact]
    public void Factors_are_compared_by_direction()
    {
        Tensor student = Tensor.From(new double[,] { { 3, 4 } }), teacher = Tensor.From(new double[,] { { 7, 0 } });
        Assert.Equal(0.6, FactorTransfer.Loss(student, teacher).ToDouble(), 1e-12);
        Assert.Equal(Math.Sqrt(0.8), FactorTransfer.Loss(student, teacher, norm: 2).ToDouble(), 1e-12);
        Assert.Equal(0, FactorTransfer.Loss(teacher * 0.1, teacher).ToDouble(), 1e-12);
        Assert.Throws<ArgumentOutOfRangeException>(() => FactorTransfer.Loss(student, teacher, norm: 3));
    }

    // Maps of eight channels that hold two patterns: four factors are enough for them.
    [Fact]
    public void A_paraphraser_learns_to_reconstruct_maps_from_half_their_channels()
    {
        Engine.ManualSeed(3);
        using var generator = new Generator(1);
        Tensor map = Ops.Einsum("npxy,pc->ncxy", [Tensor.Rand(generator, 16, 2, 4, 4), Tensor.Rand(generator, 2, 8)]);
        using var criterion = new FactorParaphraser(new FactorParaphraserOptions { StudentTap = "map" });
        var batch = new Batch(map, Tensor.Zeros(DType.Int64, 16), Tensor.Arange(16));
        var signals = new Signals(batch, default, new RoleSignals("net", map, new Dictionary<TapPath, Tensor> { ["map"] = map }));
        criterion.Prepare(signals);
        Assert.Equal([4, 8, 3, 3], criterion.Owned.StateDict()["encoder.2.weight"].Shape);
        using var optimizer = new Adam(criterion.Owned.Parameters().Select(p => p.Value),
            new AdamOptions { LearningRate = 0.01 });
        for (int step = 0; step < 300; step++)
        {
            using var inner = new TensorScope();
            optimizer.ZeroGrad();
            criterion.Evaluate(signals).Backward();
            optimizer.Step();
        }

        double variance = (map - map.Mean()).Square().Mean().ToDouble();
        Assert.InRange(criterion.Evaluate(signals).ToDouble(), 0, 0.2 * variance);
    }
}
