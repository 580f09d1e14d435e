using Retort.Evaluation;

namespace Retort.Tests.Evaluation;

public sealed class AveragePrecisionTests
{
    private static DetectedBox Box(double x, double size = 10, int kind = 0, double score = 1) => new(x, 0, x + size, size, kind, score);

    [Fact]
    public void Overlap_is_that_of_areas()
    {
        Assert.Equal(1.0 / 3, Box(0).Iou(Box(5)), 1e-12);
        Assert.Equal(0, Box(0).Iou(Box(10)));
        Assert.Equal(1, Box(3).Iou(Box(3)));
        Assert.Equal(0, new DetectedBox(1, 1, 1, 1, 0).Iou(new DetectedBox(1, 1, 1, 1, 0)));
    }

    [Fact]
    public void Only_the_best_of_overlapping_boxes_of_a_class_stays()
    {
        DetectedBox[] boxes = [Box(0, score: 0.5), Box(2, score: 0.9), Box(2, kind: 1, score: 0.3), Box(30, score: 0.1), Box(60, score: 0.2)];
        Assert.Equal([boxes[1], boxes[2], boxes[4], boxes[3]], DetectedBox.Suppress(boxes, 0.6, 100));
        Assert.Equal([boxes[1], boxes[2]], DetectedBox.Suppress(boxes, 0.6, 2));
        Assert.Equal(5, DetectedBox.Suppress(boxes, 0.7, 100).Count);
    }

    // Three objects. Ranked: right, wrong, right, and the third is never found. Precision 1 up to a recall of 1/3, then 2/3 up to
    // 2/3, then 0: of the recalls 0, 0.01 … 1 these are 34, 33 and 34.
    [Fact]
    public void Precision_at_101_recalls_worked_by_hand()
    {
        var measured = new AveragePrecision(1);
        measured.Add([Box(0, score: 0.9), Box(50, score: 0.8)], [Box(0), Box(20)]);
        measured.Add([Box(0, score: 0.7)], [Box(0)]);
        double expected = (34 + (33 * 2.0 / 3)) / 101;
        Assert.Equal(expected, measured.Mean(), 1e-12);
        Assert.All(measured.OfClass(0), ap => Assert.Equal(expected, ap, 1e-12));
    }

    // The IoU of boxes that are a tenth apart is 9/11 = 0.818: enough up to 0.8.
    [Fact]
    public void Thresholds_decide_how_exact_is_exact()
    {
        var measured = new AveragePrecision(2);
        measured.Add([Box(1)], [Box(0)]);
        Assert.Equal([1.0, 1, 1, 1, 1, 1, 1, 0, 0, 0], measured.OfClass(0));
        Assert.Equal(0.7, measured.Mean(), 1e-12);
        Assert.Equal(1, measured.Mean(5));
        Assert.All(measured.OfClass(1), ap => Assert.True(double.IsNaN(ap)));
    }

    [Fact]
    public void An_object_is_found_once_and_classes_are_told_apart()
    {
        var measured = new AveragePrecision(2);
        measured.Add([Box(0, score: 0.9), Box(0, score: 0.8), Box(20, kind: 1)], [Box(0), Box(20)]);

        // Of class 0 half is found, and then a box too many; class 1 has no object.
        Assert.Equal(51.0 / 101, measured.Mean(0), 1e-12);
        Assert.Throws<ArgumentOutOfRangeException>(() => measured.Add([Box(0, kind: 2)], []));
        Assert.True(double.IsNaN(new AveragePrecision(1).Mean()));
    }

    // The better box takes what it overlaps more, the other what is left.
    [Fact]
    public void A_box_takes_the_object_that_it_overlaps_most()
    {
        var measured = new AveragePrecision(1);
        measured.Add([Box(0.4, score: 0.9), Box(1.5, score: 0.8)], [Box(1.5), Box(0)]);
        Assert.Equal(1, measured.Mean(5), 1e-12);
    }
}
