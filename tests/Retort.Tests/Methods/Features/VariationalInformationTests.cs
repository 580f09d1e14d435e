using Retort.Data;
using Retort.Distillation;
using Retort.Methods.Features;
using Retort.Recipes;
using Retort.Torch;
using Retort.Torch.Optim;

namespace Retort.Tests.Methods.Features;

[Collection("default generator")]
public sealed class VariationalInformationTests : IDisposable
{
    private readonly TensorScope _scope = new();

    public void Dispose() => _scope.Dispose();

    // At the variance that it has itself, a residual costs ½ (1 + log σ²).
    [Fact]
    public void A_loss_worked_by_hand()
    {
        double scale = Math.Log(Math.Exp(4 - 1e-5) - 1);
        Tensor mean = Tensor.From([2.0, -2], 1, 1, 1, 2), teacher = Tensor.Zeros(DType.Float64, 1, 1, 1, 2);
        Assert.Equal((1 + Math.Log(4)) / 2, VariationalInformation.Loss(mean, teacher, Tensor.From([scale])).ToDouble(), 1e-12);
    }

    [Fact]
    public void A_teachers_channel_of_noise_is_given_the_larger_variance()
    {
        Engine.ManualSeed(3);
        using var generator = new Generator(8);
        Tensor student = Tensor.Randn(generator, 64, 2, 3, 3);
        Tensor known = student.Sum(1, keepDim: true).Repeat([1, 4, 1, 1]);
        Tensor teacher = Ops.Cat([known, Tensor.Randn(generator, 64, 4, 3, 3) * Math.Sqrt(2)], 1);
        var options = new VariationalInformationOptions { StudentTaps = ["map"], TeacherTaps = ["map"] };
        using var criterion = new VariationalInformation(options);
        RoleSignals Of(string name, Tensor map) => new(name, map, new Dictionary<TapPath, Tensor> { ["map"] = map });
        var batch = new Batch(student, Tensor.Zeros(DType.Int64, 64), Tensor.Arange(64));
        var signals = new Signals(batch, default, Of("student", student), Of("teacher", teacher));
        criterion.Prepare(signals);
        Assert.All(Variances(criterion), v => Assert.Equal(5, v, 1e-4));
        using var optimizer = new Adam(criterion.Owned.Parameters().Select(p => p.Value),
            new AdamOptions { LearningRate = 0.03 });
        for (int step = 0; step < 300; step++)
        {
            using var inner = new TensorScope();
            optimizer.ZeroGrad();
            criterion.Evaluate(signals).Backward();
            optimizer.Step();
        }

        double[] variances = Variances(criterion);
        double told = variances[..4].Average(), noise = variances[4..].Average();
        Assert.True(noise > 3 * told, $"{told} of what can be told, {noise} of noise of the same variance");
    }

    private static double[] Variances(VariationalInformation criterion) =>
        [.. criterion.Owned.StateDict()["regressor0.log_scale"].ToArray<float>().Select(a => Math.Log(1 + Math.Exp(a)) + 1e-5)];
}
