using Retort.Data;
using Retort.Distillation;
using Retort.Methods.Relations;
using Retort.Recipes;
using Retort.Torch;
using Retort.Torch.Optim;

namespace Retort.Tests.Methods.Relations;

[Collection("default generator")]
public sealed class SelfSupervisedSimilarityTests : IDisposable
{
    private readonly TensorScope _scope = new();

    public void Dispose() => _scope.Dispose();

    private static Batch Images(params float[][] pixels) => new(
        Tensor.From([.. pixels.SelectMany(p => p)], pixels.Length, 1, 2, 2), Tensor.Zeros(DType.Int64, pixels.Length),
        Tensor.Arange(pixels.Length));

    // [[1, 2], [3, 4]] turned against the clock by 90°, 180° and 270°.
    [Fact]
    public void Each_image_is_turned_three_times()
    {
        Tensor turned = SelfSupervisedSimilarity.Rotations.Make(Images([1, 2, 3, 4], [5, 6, 7, 8]));
        Assert.Equal([6, 1, 2, 2], turned.Shape);
        Assert.Equal([2, 4, 1, 3, 4, 3, 2, 1, 3, 1, 4, 2, 6, 8, 5, 7, 8, 7, 6, 5, 7, 5, 8, 6],
            turned.Contiguous().ToArray<float>());
    }

    [Fact]
    public void Images_that_are_not_square_are_refused()
    {
        var batch = new Batch(Tensor.Zeros(1, 1, 2, 3), Tensor.Zeros(DType.Int64, 1), Tensor.Arange(1));
        Assert.Contains(
            "[1, 1, 2, 3]", Assert.Throws<ArgumentException>(() => SelfSupervisedSimilarity.Rotations.Make(batch)).Message,
                StringComparison.Ordinal);
    }

    // Three copies of one image with two classes: the teacher is right about the first, wrong about the others. Half of two is one.
    [Fact]
    public void Of_the_rows_that_the_teacher_gets_wrong_the_share_counts()
    {
        Tensor label = Tensor.From(new long[] { 0 });
        Tensor teacher = Tensor.From(new double[,] { { 0, 0 }, { 2, 0 }, { 0, 1 }, { 0, 5 } });
        Tensor student = Tensor.From(new double[,] { { 0, 0 }, { 0, 1 }, { 1, 0 }, { 0, 3 } });
        double Divergence(int row)
        {
            double[] p = Softmax(teacher, row), q = Softmax(student, row);
            return p.Zip(q).Sum(pair => pair.First * Math.Log(pair.First / pair.Second));
        }

        double right = Divergence(1), first = Divergence(2), second = Divergence(3);
        Assert.Equal(right, SelfSupervisedSimilarity.CopiesLoss(student, teacher, label, 1, share: 0).ToDouble(), 1e-12);
        Assert.Equal((right + first) / 2,
            SelfSupervisedSimilarity.CopiesLoss(student, teacher, label, 1, share: 0.5).ToDouble(), 1e-12);
        Assert.Equal((right + first + second) / 3,
            SelfSupervisedSimilarity.CopiesLoss(student, teacher, label, 1, share: 1).ToDouble(), 1e-12);
    }

    private static double[] Softmax(Tensor logits, int row) => logits.Select(0, row).Softmax(0).ToArray<double>();

    [Fact]
    public void A_head_learns_to_find_the_original_of_a_copy_far_above_chance()
    {
        const int Images = 12, Features = 16;
        Engine.ManualSeed(4);
        using var criterion = new SelfSupervisedHead(new SelfSupervisedHeadOptions());

        // A copy's feature is its original's, with another offset for each turn: what a head must learn to leave out.
        using var generator = new Generator(5);
        Tensor originals = Tensor.Randn(generator, Images, Features), turns = Tensor.Randn(generator, 3, Features) * 4;
        Tensor copies = (originals.Unsqueeze(1) + turns.Unsqueeze(0)).Flatten(0, 1);
        RoleSignals Of(Tensor feature) =>
            new("net", feature, new Dictionary<TapPath, Tensor> { [TapPath.LastFeature] = feature });
        var role = new RoleSignals("net", originals, new Dictionary<TapPath, Tensor> { [TapPath.LastFeature] = originals },
            new Dictionary<string, RoleSignals> { [SelfSupervisedSimilarity.Rotations.Name] = Of(copies) });
        var batch = new Batch(originals, Tensor.Zeros(DType.Int64, Images), Tensor.Arange(Images));
        var signals = new Signals(batch, default, role);
        criterion.Prepare(signals);
        var head = (Retort.Torch.Nn.Sequential)criterion.Owned.Find("teacher_head");
        double Right()
        {
            Tensor similarities = SelfSupervisedSimilarity.Similarities(
                SelfSupervisedSimilarity.Projected(head, role, TapPath.LastFeature));
            return similarities.Argmax(1).Eq(SelfSupervisedSimilarity.Truth(similarities)).To(DType.Float64).Mean().ToDouble();
        }

        double before = Right();
        using var optimizer = new Adam(criterion.Owned.Parameters().Select(p => p.Value),
            new AdamOptions { LearningRate = 0.01 });
        for (int step = 0; step < 150; step++)
        {
            using var inner = new TensorScope();
            optimizer.ZeroGrad();
            criterion.Evaluate(signals).Backward();
            optimizer.Step();
        }

        Assert.True(Right() > Math.Max(3.0 / Images, before), $"{before} before, {Right()} after");
    }
}
