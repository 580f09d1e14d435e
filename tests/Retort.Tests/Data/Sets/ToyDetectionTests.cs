using Retort.Data;
using Retort.Data.Sets;
using Retort.Torch;

namespace Retort.Tests.Data.Sets;

public sealed class ToyDetectionTests
{
    private static readonly ToyDetection Clean = new() { Train = 60, Test = 20, Noise = 0 };

    [Fact]
    public void Shapes_fill_their_boxes_and_nothing_else()
    {
        using var scope = new TensorScope();
        Batch batch = Clean.Load(string.Empty, "train").Gather([.. Enumerable.Range(0, 60)]);
        for (int n = 0; n < 60; n++)
        {
            Tensor picture = batch.Input[n];
            Tensor corner = picture.Narrow(1, 0, 1).Narrow(2, 0, 1);
            bool[] isGround = (picture - corner).Abs().Amax([0]).Lt(1e-6).Flatten().ToArray<bool>();
            float[] boxes = batch["boxes"][n].ToArray<float>();
            int shapes = 0;
            for (int at = 0; at < boxes.Length && boxes[at + 2] > 0; at += 5, shapes++)
            {
                Assert.InRange(boxes[at + 2] - boxes[at], 9.999, 20.001);
                int left = (int)Math.Round(boxes[at]), right = (int)Math.Round(boxes[at + 2]) - 1, row = (int)((boxes[at + 1] + boxes[at + 3]) / 2);
                Assert.False(isGround[(row * 48) + left] && isGround[(row * 48) + left + 1], "nothing is at the left edge of a box");
                Assert.False(isGround[(row * 48) + right] && isGround[(row * 48) + right - 1], "nothing is at the right edge of a box");
                for (int pixel = 0; pixel < isGround.Length; pixel++)
                {
                    double x = (pixel % 48) + 0.5, y = (pixel / 48) + 0.5;
                    if (x > boxes[at] && x < boxes[at + 2] && y > boxes[at + 1] && y < boxes[at + 3])
                        isGround[pixel] = true;
                }
            }

            Assert.InRange(shapes, 1, 3);
            Assert.DoesNotContain(false, isGround);
        }
    }

    [Fact]
    public void A_seed_decides_the_pictures_and_splits_differ()
    {
        Assert.Equal(Clean.Load(string.Empty, "train").Fingerprint, Clean.Load(string.Empty, "train").Fingerprint);
        Assert.NotEqual(
            Clean.Load(string.Empty, "train").BytesOf(0).ToArray(), Clean.Load(string.Empty, "test").BytesOf(0).ToArray());
        Assert.NotEqual(
            Clean.Load(string.Empty, "train").BytesOf(0).ToArray(), (Clean with { Seed = 1 }).Load(string.Empty, "train").BytesOf(0).ToArray());
        Assert.Contains(
            "the splits are train and test", Assert.Throws<DataFormatException>(() => Clean.Load(string.Empty, "val")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_kind_of_shape_occurs()
    {
        using var scope = new TensorScope();
        Tensor boxes = Clean.Load(string.Empty, "train").Gather([.. Enumerable.Range(0, 60)])["boxes"].Reshape([-1, 5]);
        float[] values = boxes.ToArray<float>();
        Assert.Equal([0, 1, 2, 3, 4], values.Chunk(5).Where(b => b[2] > 0).Select(b => (int)b[4]).Distinct().Order());
    }
}
