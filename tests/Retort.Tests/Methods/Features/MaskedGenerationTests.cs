using Retort.Data;
using Retort.Distillation;
using Retort.Methods.Features;
using Retort.Recipes;
using Retort.Torch;

namespace Retort.Tests.Methods.Features;

[Collection("default generator")]
public sealed class MaskedGenerationTests : IDisposable
{
    private readonly TensorScope _scope = new();

    public void Dispose() => _scope.Dispose();

    // The generator's input shows the mask: a map of ones is 0 where it is hidden, and 1, not 1 / (1 − λ), where it is not.
    [Theory]
    [InlineData(MaskedPart.Channels)]
    [InlineData(MaskedPart.Positions)]
    public void What_is_hidden_is_hidden_whole_and_the_rest_is_not_scaled(MaskedPart part)
    {
        Engine.ManualSeed(2);
        using var criterion = new MaskedGeneration(new MaskedGenerationOptions { Hide = part, HiddenShare = 0.4 });
        Tensor map = Tensor.Ones(8, 16, 4, 4);
        RoleSignals Of(string name) => new(name, map, new Dictionary<TapPath, Tensor> { [TapPath.LastStage] = map });
        var signals = new Signals(
            new Batch(map, Tensor.Zeros(DType.Int64, 8), Tensor.Arange(8)), default, Of("student"), Of("teacher"));
        criterion.Prepare(signals);
        Tensor? masked = null;
        using IDisposable tap = criterion.Owned.Find("generation").OnInput(x =>
        {
            masked = x.Detach();
            return null;
        });
        criterion.Evaluate(signals);
        Assert.All(masked!.ToArray<float>(), v => Assert.True(v is 0 or 1));
        Tensor together = part == MaskedPart.Channels ? masked!.Flatten(2) : masked!.Transpose(1, 3).Flatten(0, 2);
        long last = together.Dimensions - 1;
        Assert.True(together.Amax([last]).Equal(together.Amin([last])));
        Assert.Equal(0.6, masked.Mean().ToDouble(), 0.12);
    }
}
