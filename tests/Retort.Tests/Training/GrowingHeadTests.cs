using Retort.Models;
using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Training;

namespace Retort.Tests.Training;

public sealed class GrowingHeadTests
{
    [Fact]
    public void Rows_that_were_learnt_stay_new_ones_come_as_drawn_and_all_end_in_their_places()
    {
        using var scope = new TensorScope();
        using var model = new Net();
        float[] drawn = model.Fc.Weight.Value.ToArray<float>();
        var head = new GrowingHead(model);
        Assert.Equal(3, head.Classes);
        head.Grow(1);
        Assert.Equal([1, 1], model.Call(Tensor.Zeros(1, 2)).Shape);
        using (GradMode off = Autograd.NoGrad())
            head.Current.Weight.Value.FillInPlace(7);
        head.Grow(3);
        Assert.Equal([7, 7, .. drawn[2..]], head.Current.Weight.Value.ToArray<float>());

        // The class that came first is 2, then 0, then 1.
        head.Restore([2, 0, 1]);
        Assert.Same(model.Fc, model.Find("fc"));
        Assert.Equal([drawn[2], drawn[3], drawn[4], drawn[5], 7, 7], model.Fc.Weight.Value.ToArray<float>());
        Assert.Equal(model.Fc.Weight.Value.ToArray<float>(), model.StateDict()["fc.weight"].ToArray<float>());
    }

    [Fact]
    public void It_does_not_shrink_and_grows_no_further_than_whole()
    {
        using var model = new Net();
        var head = new GrowingHead(model);
        head.Grow(2);
        Assert.Throws<ArgumentOutOfRangeException>(() => head.Grow(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => head.Grow(4));
    }

    [Fact]
    public void A_network_without_a_linear_head_is_refused()
    {
        using var model = new Sequential(new Linear(2, 3));
        Assert.False(GrowingHead.IsIn(model));
        var error = Assert.Throws<ArgumentException>(() => new GrowingHead(model));
        Assert.StartsWith("Sequential declares no linear head that could grow.", error.Message, StringComparison.Ordinal);
    }

    private sealed class Net : Sequential, IHasFeatures
    {
        public Net()
        {
            Fc = new Linear(2, 3);
            Add("fc", Fc);
        }

        public Linear Fc { get; }

        public string LastFeature => "fc@input";

        public IReadOnlyList<string> Stages => [];

        public string Head => "fc";
    }
}
