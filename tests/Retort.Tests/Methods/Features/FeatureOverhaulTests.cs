using Retort.Data;
using Retort.Distillation;
using Retort.Methods.Features;
using Retort.Models.Vision;
using Retort.Recipes;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Methods.Features;

[Collection("default generator")]
public sealed class FeatureOverhaulTests : IDisposable
{
    private readonly TensorScope _scope = new();

    public void Dispose() => _scope.Dispose();

    // t = −3, −0.5 and 2 with the margin −1 stand for −1, −0.5 and 2; a student below counts where t is positive alone.
    [Fact]
    public void Negative_values_are_matched_down_to_the_margin_and_only_from_above()
    {
        double Loss(params double[] student) => FeatureOverhaul.Loss(
            Tensor.From(student, 1, 1, 1, 3), Tensor.From([-3.0, -0.5, 2], 1, 1, 1, 3), Tensor.From([-1.0])).ToDouble();
        Assert.Equal(0, Loss(-5, -4, 2), 1e-12);
        Assert.Equal(1, Loss(-5, -4, 1), 1e-12);
        Assert.Equal(4 + 2.25 + 9, Loss(1, 1, 5), 1e-12);
    }

    [Fact]
    public void The_margin_of_a_layer_is_its_batch_norms_wherever_the_tap_stands()
    {
        using Module chain = new SmallCnnOptions { InChannels = 1, Width = 3, Classes = 4 }.Build();
        var options = new CifarResNetOptions { Depth = 14, Width = 3, StemChannels = 3, InChannels = 1, Classes = 4 };
        using Module residual = options.Build();
        Spread(chain, "layer3.1", 5);
        Spread(residual, "layer3.1.bn2", 6);
        Assert.Equal(Expected(chain, "layer3.1"), MarginAt(chain, "layer3.1"));
        Assert.Equal(Expected(chain, "layer3.1"), MarginAt(chain, "layer3.2@input"));
        Assert.Equal(Expected(residual, "layer3.1.bn2"), MarginAt(residual, "layer3.1.relu@input"));
        Assert.Equal(Expected(residual, "bn1"), MarginAt(residual, "relu@input"));
        Assert.Equal(Expected(residual, "layer3.1.bn2"), MarginAt(residual, "layer2", ["layer3.1.bn2"]));
        Assert.Contains("teacher_norms", Assert.Throws<ArgumentException>(() => MarginAt(chain, "flatten")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Deeper_layers_count_twice_as_much_as_the_one_before()
    {
        using Module model = new SmallCnnOptions { InChannels = 1, Width = 3, Classes = 4 }.Build();
        double Both(double shallow, double deep)
        {
            Engine.ManualSeed(2);
            using FeatureOverhaul criterion = Attached(model, ["layer2.1", "layer3.1"]);
            Signals signals = SignalsOf(6, 12, shallow, deep);
            criterion.Prepare(signals);
            criterion.Owned.Eval();
            return criterion.Evaluate(signals).ToDouble();
        }

        // A teacher far above everything: the squared distance is nearly its own square. 6 and 12 channels, 4 positions.
        Assert.Equal(6 * 4 * 1e8 / 2 + 12 * 4 * 1e8, Both(1e4, 1e4), 1e-2 * 6e9);
        Assert.Equal(6 * 4 * 4e8 / 2 + 12 * 4 * 1e8, Both(2e4, 1e4), 1e-2 * 6e9);
    }

    private static void Spread(Module model, string norm, ulong seed)
    {
        using var generator = new Generator(seed);
        using GradMode off = Autograd.NoGrad();
        var layer = (BatchNorm2d)model.Find(norm);
        layer.Weight!.Value.CopyInPlace(Tensor.Rand(generator, layer.Channels) + 0.5);
        layer.Bias!.Value.CopyInPlace(Tensor.Randn(generator, layer.Channels));
    }

    private static float[] Expected(Module model, string norm)
    {
        var layer = (BatchNorm2d)model.Find(norm);
        return FeatureOverhaul.Margin(layer.Weight!, layer.Bias!).ToArray<float>();
    }

    private static float[] MarginAt(Module model, TapPath tap, IReadOnlyList<string>? norms = null)
    {
        using FeatureOverhaul criterion = Attached(model, [tap], norms);
        return criterion.Owned.StateDict()["margin0.value"].ToArray<float>();
    }

    private static FeatureOverhaul Attached(Module model, TapPath[] taps, IReadOnlyList<string>? norms = null)
    {
        var criterion = new FeatureOverhaul(
            new FeatureOverhaulOptions { StudentTaps = taps, TeacherTaps = taps, TeacherNorms = norms ?? [] });
        var role = new Role("teacher", model);
        criterion.Attach(new Attachment { Student = role, Teachers = [role] });
        return criterion;
    }

    // Half of the samples are far above 0, and √2 makes up for their share; the others are below every student, and cost nothing
    // but the margin's square.
    private static Signals SignalsOf(long shallow, long deep, double low, double high)
    {
        Tensor Map(long channels, double value) => Tensor.Zeros(1, channels, 2, 2) + value * Math.Sqrt(2);
        Tensor Teacher(long channels, double value) => Ops.Cat([Map(channels, value), Map(channels, -value)], 0);
        RoleSignals Of(string name, Tensor first, Tensor second) =>
            new(name, first, new Dictionary<TapPath, Tensor> { ["layer2.1"] = first, ["layer3.1"] = second });
        var batch = new Batch(Tensor.Zeros(2, 1), Tensor.Zeros(DType.Int64, 2), Tensor.Arange(2));
        return new Signals(
            batch, default, Of("student", Tensor.Zeros(2, shallow, 2, 2), Tensor.Zeros(2, deep, 2, 2)),
            Of("teacher", Teacher(shallow, low), Teacher(deep, high)));
    }
}
