using Retort.Methods.Dense;
using Retort.Methods.Sequences;
using Retort.Torch;

namespace Retort.Tests.Methods;

public sealed class DenseTests
{
    private const double Close = 1e-9;

    [Fact]
    public void The_pixel_term_of_the_reference_grows_with_the_batch()
    {
        using var scope = new TensorScope();
        Tensor student = Random(1, 3, 4, 2, 5), teacher = Random(2, 3, 4, 2, 5);
        Assert.Equal(
            3 * PixelwiseDistillation.Loss(student, teacher).ToDouble(),
            PixelwiseDistillation.Loss(student, teacher, PixelReduction.Reference).ToDouble(), Close);
    }

    // Odd sides at scale ½: windows of 4 give three nodes a side, so 9 on a 9 × 9 map but 4 on an 8 × 8 one.
    [Fact]
    public void Maps_that_lead_to_other_numbers_of_nodes_are_refused_with_both()
    {
        using var scope = new TensorScope();
        ShapeException error = Assert.Throws<ShapeException>(
            () => PairwiseSimilarity.Loss(Random(1, 2, 3, 8, 8), Random(2, 2, 3, 9, 9)));
        Assert.Equal("'student' [2, 3, 8, 8] gives 4 nodes and 'teacher' [2, 3, 9, 9] 9.", error.Message);
    }

    [Fact]
    public void Pairwise_similarity_sees_neither_scale_nor_the_order_of_channels()
    {
        using var scope = new TensorScope();
        Tensor map = Random(1, 2, 3, 8, 8);
        Assert.Equal(0, PairwiseSimilarity.Loss((map * 3).Flip(1), map).ToDouble(), 1e-12);
    }

    [Fact]
    public void A_pixel_without_a_label_costs_nothing()
    {
        using var scope = new TensorScope();
        Tensor labels = Tensor.From(new long[] { 0, 1, 0, 255 }, 1, 2, 2), student = Random(1, 1, 3, 2, 2), teacher = Random(2, 1, 3, 2, 2);
        Tensor changed = student.Clone();
        changed.Select(3, 1).Select(2, 1).FillInPlace(7);
        Assert.Equal(
            IntraClassVariation.Loss(student, teacher, labels, 2).ToDouble(), IntraClassVariation.Loss(changed, teacher, labels, 2).ToDouble(), Close);
        Assert.Equal(0, IntraClassVariation.Loss(student, teacher, Tensor.Full([1, 2, 2], 255, DType.Int64), 2).ToDouble(), Close);
    }

    [Fact]
    public void Relations_across_pictures_do_not_see_a_rotation_of_channels()
    {
        using var scope = new TensorScope();
        Tensor map = Random(1, 2, 3, 4, 4), turn = Ops.LinalgQr(Random(2, 3, 3)).Item1;
        Tensor turned = turn.MatMul(map.Flatten(2)).Reshape(map.Shape);
        Assert.Equal(0, CrossImageRelation.Loss(turned, map).ToDouble(), 1e-9);
        Assert.True(CrossImageRelation.Loss(Random(3, 2, 3, 4, 4), map).ToDouble() > 0.1);
    }

    // By hand: one anchor of 16 pixels a cell, stride 16; a box on the second cell of the first row is that anchor itself.
    [Fact]
    public void The_cells_of_an_object_are_those_whose_anchor_fits_it()
    {
        using var scope = new TensorScope();
        Tensor anchors = FineGrainedImitation.Anchors(2, 3, stride: 16, [16]);
        Tensor boxes = Tensor.From(new float[] { 16, 0, 32, 16, 0, 0, 0, 0 }, 1, 2, 4);
        Assert.Equal([0f, 1, 0, 0, 0, 0], FineGrainedImitation.Mask(anchors, boxes, 2, 3).ToArray<float>());
        Assert.Equal(0, FineGrainedImitation.Mask(anchors, Tensor.Zeros(1, 2, 4), 2, 3).Sum().ToDouble());
    }

    // By hand: on a 4 × 4 grid of 8-pixel cells the large box covers rows and columns 0 to 2, the small one 1 to 2.
    [Fact]
    public void A_cell_under_two_objects_counts_for_the_smaller_one()
    {
        using var scope = new TensorScope();
        Tensor boxes = Tensor.From(new float[] { 0, 0, 16, 16, 8, 8, 16, 16, 0, 0, 0, 0 }, 1, 3, 4);
        float[] found = FocalGlobal.Foreground(boxes, 4, 4, 32, 32).Contiguous().ToArray<float>();
        float large = 1f / 9, small = 1f / 4;
        Assert.Equal([large, large, large, 0, large, small, small, 0, large, small, small, 0, 0, 0, 0, 0], found);
    }

    [Fact]
    public void Places_that_agree_are_not_chosen_before_places_that_do_not()
    {
        using var scope = new TensorScope();
        Tensor same = Tensor.Zeros(3, 2), other = Tensor.From(new float[] { 0, 0, 0, 5, 2, 0 }, 3, 2);
        Tensor boxes = Tensor.From(new float[] { 0, 0, 4, 4, 10, 0, 14, 4, 20, 0, 24, 4 }, 3, 4);
        Assert.Equal([1L, 2, 0], GeneralInstances.Select(same, other, boxes, boxes).ToArray<long>());
        Assert.Equal([1L, 2], GeneralInstances.Select(same, other, boxes, boxes, top: 2).ToArray<long>());

        // All on one place: only the strongest difference stays.
        Assert.Equal([1L], GeneralInstances.Select(same, other, boxes * 0 + 1, Tensor.From(new float[] { 0, 0, 4, 4 }, 1, 4).Repeat([3, 1])).ToArray<long>());
    }

    [Fact]
    public void A_box_that_is_right_costs_nothing_and_one_far_away_nearly_two()
    {
        using var scope = new TensorScope();
        Tensor box = Tensor.From(new double[,] { { 0, 0, 1, 1 } }), far = Tensor.From(new double[,] { { 99, 0, 100, 1 } });
        Assert.Equal(0, GeneralizedFocal.BoxLoss(box, box).Sum().ToDouble(), Close);
        Assert.Equal(1 + 98.0 / 100, GeneralizedFocal.BoxLoss(far, box).Sum().ToDouble(), Close);
    }

    [Fact]
    public void Without_objects_no_region_is_worth_distilling() =>
        Assert.Equal([0f, 0], LocalizationDistillation.ValuableRegion(
            Tensor.From(new float[] { 0, 0, 4, 4, 4, 4, 8, 8 }, 2, 4), [2], Tensor.Zeros([0, 4])).ToArray<float>());

    // By hand: "ab" + "c" against "a" + "bc" + "d": only the ends 3 and nothing after it agree; "d" is left over.
    [Fact]
    public void Tokens_left_over_at_the_end_form_a_pair_with_nothing()
    {
        var groups = ByteAlignment.Groups([(0, 2), (2, 3)], [(0, 1), (1, 3), (3, 4)]);
        Assert.Equal(2, groups.Count);
        Assert.Equal([0, 1], groups[0].Student);
        Assert.Equal([0, 1], groups[0].Teacher);
        Assert.Empty(groups[1].Student);
        Assert.Equal([2], groups[1].Teacher);
    }

    [Fact]
    public void The_same_tokens_on_both_sides_stay_as_they_are()
    {
        using var scope = new TensorScope();
        (long, long)[] offsets = [(0, 2), (2, 2), (2, 5)];
        var groups = ByteAlignment.Groups(offsets, offsets);
        Assert.All(groups, g => Assert.Equal(g.Student, g.Teacher));
        Tensor rows = Random(1, 3, 4).Softmax(1);
        Tensor merged = ByteAlignment.Merge(rows, Tensor.From(new long[] { 0, 1, 2 }), [.. groups.Select(g => g.Student)]);
        Assert.Equal(3, merged.Size(0));
        Assert.True(merged.Equal(rows));
        ArgumentException error = Assert.Throws<ArgumentException>(() => ByteAlignment.Groups([(0, 3), (3, 2)], offsets));
        Assert.StartsWith("token 1 ends at byte 2, before the one before it (3).", error.Message, StringComparison.Ordinal);
    }

    private static Tensor Random(ulong seed, params long[] shape)
    {
        using var generator = new Generator(seed);
        return Tensor.Randn(generator, shape).To(DType.Float64);
    }
}
