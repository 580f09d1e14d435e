using Retort.Models;
using Retort.Models.Multimodal;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Models.Multimodal;

[Collection("default generator")]
public sealed class TwoTowerTests
{
    private static readonly TwoTowerOptions Small = new()
    {
        InFeatures = 24,
        Length = 3,
        Vocabulary = 7,
        TokenWidth = 2,
        Width = 6,
        Depth = 2,
        Embedding = 4,
    };

    [Fact]
    public void The_inputs_type_says_which_tower_runs()
    {
        using var scope = new TensorScope();
        using Module model = Small.Build();
        var seen = new List<string>();
        foreach (string tower in (string[])["visual", "text"])
        {
            model.Find(tower).OnOutput(_ =>
            {
                seen.Add(tower);
                return null;
            });
        }

        Tensor pictures = model.Call(Tensor.Rand(new Generator(1), 5, 1, 4, 6));
        Tensor captions = model.Call(Tensor.From(new long[] { 1, 2, 3, 6, 5, 0 }, 2, 3));
        Assert.Equal([5L, 4], pictures.Shape);
        Assert.Equal([2L, 4], captions.Shape);
        Assert.Equal(["visual", "text"], seen);
    }

    [Fact]
    public void Both_inputs_together_train_every_parameter_and_the_head_reads_the_last_feature()
    {
        using var scope = new TensorScope();
        using Module model = Small.Build();
        var features = (IHasFeatures)model;
        Tensor? feature = null;
        model.Find(features.LastFeature).OnOutput(output =>
        {
            feature = output;
            return null;
        });
        Tensor pictures = model.Call(Tensor.Rand(new Generator(1), 2, 24));
        Assert.True(pictures.Allclose(model.Find(features.Head).Call(feature!)));
        Assert.All(features.Stages, stage => Assert.NotNull(model.TryFind(stage)));
        (pictures * model.Call(Tensor.From(new long[] { 1, 2, 3, 6, 5, 0 }, 2, 3))).Sum().Backward();
        Assert.All(model.NamedParameters(), p => Assert.True(p.Value.Value.Grad is not null, p.Key));
    }

    [Fact]
    public void Sizes_of_classifiers_are_refused()
    {
        Assert.Contains("in_features", Assert.Throws<ArgumentException>(() => (Small with { Classes = 3 }).Build()).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => (Small with { Embedding = 0 }).Build());
    }
}
