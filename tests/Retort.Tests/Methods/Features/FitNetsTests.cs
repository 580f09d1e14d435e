using Retort.Data;
using Retort.Distillation;
using Retort.Methods.Features;
using Retort.Recipes;
using Retort.Torch;

namespace Retort.Tests.Methods.Features;

public sealed class FitNetsTests
{
    // By hand: (1 + 4 + 0 + 9) / 4.
    [Fact]
    public void Without_a_regressor_features_of_one_shape_are_compared_as_they_are()
    {
        using var scope = new TensorScope();
        using FitNets criterion = Direct();
        Signals signals = SignalsOf(
            Tensor.From(new double[] { 1, 2, 3, 4 }, 1, 4, 1, 1), Tensor.From(new double[] { 2, 0, 3, 1 }, 1, 4, 1, 1));
        criterion.Prepare(signals);
        Assert.Empty(criterion.Owned.Parameters());
        Assert.Equal(3.5, criterion.Evaluate(signals).ToDouble(), 1e-12);
    }

    [Fact]
    public void Without_a_regressor_features_of_two_shapes_are_refused_with_both()
    {
        using var scope = new TensorScope();
        using FitNets criterion = Direct();
        ShapeException error = Assert.Throws<ShapeException>(
            () => criterion.Prepare(SignalsOf(Tensor.Zeros(1, 4, 2, 2), Tensor.Zeros(1, 4, 1, 1))));
        Assert.Contains("[1, 4, 2, 2]", error.Message, StringComparison.Ordinal);
        Assert.Contains("[1, 4, 1, 1]", error.Message, StringComparison.Ordinal);
    }

    private static FitNets Direct() => new(new FitNetsOptions { StudentTap = "map", TeacherTap = "map", Regressor = false });

    private static Signals SignalsOf(Tensor student, Tensor teacher)
    {
        RoleSignals Role(string name, Tensor map) => new(name, map, new Dictionary<TapPath, Tensor> { ["map"] = map });
        var batch = new Batch(student, Tensor.Zeros(DType.Int64, 1), Tensor.Arange(1));
        return new Signals(batch, default, Role("student", student), Role("teacher", teacher));
    }
}
