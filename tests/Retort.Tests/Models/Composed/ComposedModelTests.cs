using Retort.Models;
using Retort.Models.Composed;
using Retort.Models.Vision;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Models.Composed;

[Collection("default generator")]
public sealed class ComposedModelTests : IDisposable
{
    private static readonly SmallCnnOptions Small = new() { InChannels = 1, Width = 3, Classes = 4 };
    private readonly TensorScope _scope = new();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void A_stretch_of_modules_computes_what_the_original_does_there()
    {
        using Module whole = Small.Build();
        using var part = (Assembled)new AssembledOptions { From = Small, Modules = ["layer1", "layer2.0", "layer2.1"] }.Build();
        Assert.Equal(["layer1.0.weight", "layer1.1.weight"], part.StateDict().Keys.Take(2));
        part.LoadStateDict(part.Of(whole.StateDict()));
        whole.Eval();
        part.Eval();
        Tensor x = Tensor.Randn(new Generator(1), 2, 1, 8, 8);
        Tensor expected = whole.Find("layer2.1").Call(whole.Find("layer2.0").Call(whole.Find("layer1").Call(x)));
        Assert.Equal(expected.ToArray<float>(), part.Call(x).ToArray<float>());
        Assert.Equal(["layer1"], part.Stages);
        Assert.Equal("layer2.1", part.LastFeature);
    }

    [Fact]
    public void Experts_share_all_but_the_classifier_and_speak_with_one_voice()
    {
        using Module model = new ExpertsOptions { Backbone = Small, Count = 2 }.Build();
        Assert.Equal("experts.fc", ((IHasFeatures)model).Head);
        model.Eval();
        Tensor x = Tensor.Randn(new Generator(1), 3, 1, 8, 8), each = model.Find("experts").Call(model.Find("backbone").Call(x));
        Assert.Equal([3, 2, 4], each.Shape);
        float[] first = each.Select(1, 0).Contiguous().ToArray<float>(), second = each.Select(1, 1).Contiguous().ToArray<float>();
        Assert.NotEqual(first, second);
        float[] mean = [.. first.Zip(second, (a, b) => (a + b) / 2)];
        Assert.All(mean.Zip(model.Call(x).ToArray<float>()), pair => Assert.Equal(pair.First, pair.Second, 1e-6f));
        ArgumentException error = Assert.Throws<ArgumentException>(() => new ExpertsOptions().Build());
        Assert.Contains("needs the network", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_of_columns_sees_those_alone()
    {
        var inner = new MlpOptions { InFeatures = 2, Hidden = [3], Classes = 4 };
        using Module model = new ColumnsOptions { First = 1, Count = 2, Of = inner }.Build();
        model.Eval();
        Tensor x = Tensor.Randn(new Generator(1), 3, 5), hidden = x.Clone();
        hidden.Select(1, 0).FillInPlace(9);
        hidden.Narrow(1, 3, 2).FillInPlace(9);
        float[] said = model.Call(x).ToArray<float>();
        Assert.Equal(said, model.Call(hidden).ToArray<float>());
        Assert.Equal(said, model.Find("of").Call(x.Narrow(1, 1, 2)).ToArray<float>());
        Assert.Equal(("of.hidden", "of.fc"), (((IHasFeatures)model).LastFeature, ((IHasFeatures)model).Head));
        Assert.Equal(["of.hidden.1"], ((IHasFeatures)model).Stages);
        using Module rest = new ColumnsOptions { First = 3, Of = inner }.Build();
        Assert.Equal([3L, 4], rest.Call(x).Shape);
        Assert.Contains("with the columns 1 to 2", Assert.Throws<ShapeException>(() => model.Call(x.Narrow(1, 0, 2))).Message, StringComparison.Ordinal);
        Assert.Contains("needs the network", Assert.Throws<ArgumentException>(() => new ColumnsOptions().Build()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_whole_of_a_chain_says_what_the_original_says()
    {
        string[] all = ["layer1", "layer2", "layer3", "avgpool", "flatten", "fc"];
        using var part = (Assembled)new AssembledOptions { From = Small, Modules = all }.Build();
        Assert.Equal(("flatten", "fc"), (part.LastFeature, part.Head));
        Assert.Equal([2, 4], part.Call(Tensor.Zeros(2, 1, 8, 8)).Shape);
    }

    [Theory]
    [InlineData("there is no module 'layer4' to take; there are: layer1, layer2", "layer1", "layer4")]
    [InlineData("'layer1' is named twice", "layer1", "layer1")]
    [InlineData("'layer1.0' is named twice, or beside a module that it holds or is held by", "layer1", "layer1.0")]
    [InlineData("'layer1' is named twice, or beside a module that it holds or is held by", "layer1.0", "layer1")]
    [InlineData("needs the paths of its modules")]
    public void Paths_that_make_no_network_are_refused(string message, params string[] paths) => Assert.Contains(
        message, Assert.Throws<ArgumentException>(() => new AssembledOptions { From = Small, Modules = paths }.Build()).Message,
        StringComparison.Ordinal);

    [Fact]
    public void A_model_of_others_needs_to_be_told_which_and_takes_its_sizes_from_them()
    {
        Assert.Contains("from:", Assert.Throws<ArgumentException>(() => new AssembledOptions().Build()).Message,
            StringComparison.Ordinal);
        Assert.Contains("backbone:", Assert.Throws<ArgumentException>(() => new GraftedOptions().Build()).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "donor:", Assert.Throws<ArgumentException>(() => new GraftedOptions { Backbone = Small }.Build()).Message,
                StringComparison.Ordinal);
        Assert.Contains(
            "under `from:`",
                Assert.Throws<ArgumentException>(() =>
                    new AssembledOptions { From = Small, Modules = ["fc"], Classes = 7 }.Build()).Message,
            StringComparison.Ordinal);
        Assert.DoesNotContain(ModelCatalog.All, m => m.IsComposed);
        Assert.Equal(["assembled", "columns", "experts", "grafted"], ModelCatalog.Composed.Select(m => m.Name));
    }

    [Fact]
    public void A_grafted_network_has_a_backbone_a_projector_and_anothers_classifier()
    {
        SmallCnnOptions donor = Small with { Width = 5, Classes = 6 };
        using var model = (Grafted)new GraftedOptions { Backbone = Small, Donor = donor, Side = 1 }.Build();
        Assert.Equal(["backbone.layer1", "backbone.layer2", "backbone.layer3", "projector"], model.Stages);
        Assert.DoesNotContain(model.StateDict().Keys, k => k.Contains("fc", StringComparison.Ordinal));
        Assert.Equal([6, 20], model.StateDict()["head.weight"].Shape);
        model.Eval();
        Tensor? projected = null;
        using IDisposable tap = model.Find("projector").OnOutput(x =>
        {
            projected = x;
            return null;
        });
        Assert.Equal([2, 6], model.Call(Tensor.Zeros(2, 1, 16, 16)).Shape);
        Assert.Equal([2, 20, 1, 1], projected!.Shape);
    }

    [Fact]
    public void A_backbone_is_cut_inside_an_inner_chain_too()
    {
        var mobile = new MobileNetV2Options { WidthMultiplier = 0.2, SmallInput = true, Classes = 4 };
        using Module whole = mobile.Build();
        using var model = (Grafted)new GraftedOptions { Backbone = mobile, Donor = Small, Until = "features.18" }.Build();
        Assert.NotNull(model.TryFind("backbone.features.18"));
        Assert.Null(model.TryFind("backbone.classifier"));
        Assert.Equal([1, 4], model.Call(Tensor.Zeros(1, 3, 32, 32)).Shape);
    }

    [Fact]
    public void A_backbone_that_is_no_chain_is_refused()
    {
        var vit = new VisionTransformerOptions { InChannels = 1, ImageSize = 8, PatchSize = 4, Width = 8, Depth = 1, Heads = 2 };
        Assert.Contains(
            "cannot be cut",
            Assert.Throws<ArgumentException>(() => new GraftedOptions { Backbone = vit, Donor = Small }.Build()).Message,
            StringComparison.Ordinal);
    }
}
