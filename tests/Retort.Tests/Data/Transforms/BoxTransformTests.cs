using Retort.Data;
using Retort.Data.Transforms;
using Retort.Torch;

namespace Retort.Tests.Data.Transforms;

public sealed class BoxTransformTests
{
    private const int Pictures = 40, Height = 6, Width = 8;

    // One bright rectangle in each picture, which its box must still surround; the second row is none.
    private static Batch Batch()
    {
        Tensor input = Tensor.Zeros(Pictures, 1, Height, Width);
        input.Narrow(2, 1, 2).Narrow(3, 1, 3).FillInPlace(1);
        Tensor boxes = Tensor.From(new float[] { 1, 1, 4, 3, 2, 0, 0, 0, 0, 0 }, 1, 2, 5).Repeat([Pictures, 1, 1]);
        return new Batch(
            input, Tensor.Zeros(DType.Int64, Pictures), Tensor.Arange(Pictures), others: new Dictionary<string, Tensor> { ["boxes"] = boxes });
    }

    [Fact]
    public void A_mirrored_box_surrounds_what_it_surrounded()
    {
        using var scope = new TensorScope();
        Batch before = Batch();
        Batch after = new RandomHorizontalFlip(new RandomHorizontalFlipOptions()).Apply(before, new TransformMoment(3, 0, 0));
        Assert.Equal(2, RequireSurrounded(after).Distinct().Count());
        Assert.Equal(0, after["boxes"].Select(1, 1).Abs().Sum().ToDouble());
        Assert.Equal([1f, 1, 4, 3, 2], before["boxes"].Select(1, 0).ToArray<float>()[..5]);
    }

    [Fact]
    public void A_box_moves_with_the_window_and_is_cut_at_its_edges()
    {
        using var scope = new TensorScope();
        Batch after = new RandomCrop(new RandomCropOptions { Padding = 2 }).Apply(Batch(), new TransformMoment(3, 0, 0));
        Assert.InRange(RequireSurrounded(after).Distinct().Count(), 3, Pictures);
        Assert.Equal(0, after["boxes"].Select(1, 1).Abs().Sum().ToDouble());
    }

    [Fact]
    public void A_box_of_which_nothing_is_left_is_none_any_more()
    {
        using var scope = new TensorScope();
        Batch after = new RandomCrop(new RandomCropOptions { Padding = 0, Size = 2 }).Apply(Batch(), new TransformMoment(3, 0, 0));
        float[][] boxes = [.. after["boxes"].Select(1, 0).ToArray<float>().Chunk(5)];
        float[] bright = after.Input.Sum([1, 2, 3]).ToArray<float>();
        Assert.Contains(0f, bright);
        for (int n = 0; n < Pictures; n++)
            Assert.Equal(bright[n] > 0, boxes[n][2] > 0);
        Assert.All(boxes.Where(b => b[2] == 0), b => Assert.Equal(new float[5], b));
    }

    [Fact]
    public void What_moves_pixels_and_no_boxes_is_refused_and_what_moves_none_is_not()
    {
        using var scope = new TensorScope();
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => new RandomAffine(new RandomAffineOptions()).Apply(Batch(), new TransformMoment(3, 0, 0)));
        Assert.Contains("cannot move the boxes of objects", error.Message, StringComparison.Ordinal);
        Batch erased = new RandomErasing(new RandomErasingOptions { Probability = 1 }).Apply(Batch(), new TransformMoment(3, 0, 0));
        Assert.True(erased["boxes"].Equal(Batch()["boxes"]));
    }

    [Fact]
    public void Reading_ahead_keeps_the_boxes()
    {
        Dataset data = new Retort.Data.Sets.ToyDetection { Train = 10, Test = 1 }.Load(string.Empty, "train");
        using var scope = new TensorScope();
        float[] Boxes(int prefetch) => [.. new Loader(data, new LoaderOptions { BatchSize = 4, Prefetch = prefetch })
            .Epoch(0).SelectMany(b => b["boxes"].ToArray<float>())];
        Assert.Equal(Boxes(0), Boxes(2));
    }

    // The left edge of each picture's box.
    private static List<float> RequireSurrounded(Batch batch)
    {
        float[] values = batch.Input.ToArray<float>();
        float[][] boxes = [.. batch["boxes"].Select(1, 0).ToArray<float>().Chunk(5)];
        for (int n = 0; n < Pictures; n++)
        {
            for (int at = 0; at < Height * Width; at++)
            {
                double x = (at % Width) + 0.5, y = (at / Width) + 0.5;
                bool isInside = x > boxes[n][0] && x < boxes[n][2] && y > boxes[n][1] && y < boxes[n][3];
                Assert.Equal(isInside ? 1 : 0, values[(n * Height * Width) + at]);
            }

            Assert.Equal(2, boxes[n][4]);
        }

        return [.. boxes.Select(b => b[0])];
    }
}
