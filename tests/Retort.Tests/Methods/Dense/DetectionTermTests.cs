using Retort.Data;
using Retort.Distillation;
using Retort.Methods.Dense;
using Retort.Models.Vision;
using Retort.Recipes;
using Retort.Torch;

namespace Retort.Tests.Methods.Dense;

/// <summary>Terms of detectors, on a grid of 4 × 4 places, four pixels apart, with two classes and four bins.</summary>
[Collection("default generator")]
public sealed class DetectionTermTests
{
    private const int Side = 4, Kinds = 2, Bins = 4, Channels = Kinds + (4 * Bins);
    private static readonly Dataset Samples = Dataset.OfNumbers("boxes", "train", new float[4], [1], [0, 0, 0, 0], ["a", "b"]);

    // The middle of the box is that of place (1, 1); of its four edges each is one and a half bins away.
    private static readonly float[] OneBox = [0, 0, 12, 12, 1];

    private static Tensor Boxes(params float[] rows) => Tensor.From(rows, 1, rows.Length / 5, 5);

    private static Signals Step(Tensor student, Tensor boxes, Tensor? teacher = null, long label = 0, Dictionary<TapPath, Tensor>? taps = null)
    {
        long count = student.Size(0);
        var batch = new Batch(
            Tensor.Zeros(count, 3, 4 * Side, 4 * Side), Tensor.Full([count], label, DType.Int64), Tensor.Arange(count),
            others: new Dictionary<string, Tensor> { ["boxes"] = boxes.Repeat([count, 1, 1]) });
        return new Signals(
            batch, default, new RoleSignals("student", student, taps),
            teacher is null ? [] : [new RoleSignals("teacher", teacher, taps?.ToDictionary(t => t.Key, t => t.Value.Detach() + 1))]);
    }

    private static T Attached<T>(T criterion)
        where T : Criterion
    {
        var options = new DetectorOptions { Classes = Kinds, Width = 1, Bins = Bins };
        criterion.Attach(new Attachment { Student = new Role("student", options.Build()), Data = Samples });
        return criterion;
    }

    private static Tensor Random(ulong seed, long count = 1)
    {
        using var generator = new Generator(seed);
        return Tensor.Randn(generator, count, Channels, Side, Side);
    }

    // All scores 0: σ = ½. Places of the middle half, 3 to 9 pixels, are (1, 1), whose middle is at 6, and no other: 2 and 10 lie
    // outside. Uniform bins have the mean 1.5, so the box is exact: the quality is 1, both losses of the box are 0 and log 4.
    [Fact]
    public void The_task_loss_worked_by_hand()
    {
        using var scope = new TensorScope();
        using var criterion = Attached(new GeneralizedFocal(new GeneralizedFocalOptions()));
        double loss = criterion.Evaluate(Step(Tensor.Zeros(1, Channels, Side, Side), Boxes(OneBox))).ToDouble();

        // Each of 32 scores is half away from its target: ¼ log 2. The one weight is ½, and the sum of weights at least 1.
        double expected = (32 * 0.25 * Math.Log(2)) + (0.25 * 0.5 * Math.Log(4));
        Assert.Equal(expected, loss, 1e-5);
    }

    [Fact]
    public void A_small_box_has_the_nearest_place_and_the_smaller_of_two_boxes_has_a_shared_one()
    {
        using var scope = new TensorScope();

        // The second lies between places and within the first's middle; its nearest place, (1, 1), becomes its own.
        Tensor boxes = Boxes([.. OneBox, 6.5f, 6.5f, 7.5f, 7.5f, 0]);
        Tensor map = Tensor.Zeros(1, Channels, Side, Side).SetRequiresGrad();
        using var criterion = Attached(new GeneralizedFocal(new GeneralizedFocalOptions { Box = 0, Distribution = 0, Beta = 0 }));
        Tensor gradient = Autograd.Grad(criterion.Evaluate(Step(map, boxes)), [map])[0].Narrow(1, 0, Kinds);

        // σ − q of every score: the IoU of the small box is that of areas, 1 / 144, and class 1 has no positive place.
        float[] found = gradient.Flatten().ToArray<float>();
        Assert.Equal(0.5 - (1 / 144.0), found[(1 * Side) + 1], 1e-5);
        Assert.Equal(31, found.Count(f => Math.Abs(f - 0.5) < 1e-6));
    }

    [Fact]
    public void Pictures_without_labels_count_nothing_and_pictures_without_boxes_are_background()
    {
        using var scope = new TensorScope();
        using var criterion = Attached(new GeneralizedFocal(new GeneralizedFocalOptions()));
        Tensor map = Random(1).SetRequiresGrad();
        Tensor none = criterion.Evaluate(Step(map, Boxes(OneBox), label: Dataset.NoLabel));
        Assert.Equal(0, none.ToDouble());
        Assert.Equal(0, Autograd.Grad(none, [map])[0].Abs().Sum().ToDouble());
        Tensor empty = criterion.Evaluate(Step(map, Boxes(new float[5])));
        Assert.InRange(empty.ToDouble(), 1e-3, 1e3);
        Assert.True(Autograd.Grad(empty, [map])[0].Isfinite().All().ToBoolean());
    }

    [Fact]
    public void Edges_are_distilled_where_the_region_says()
    {
        using var scope = new TensorScope();
        Tensor student = Random(3).SetRequiresGrad(), teacher = Random(4);
        int[] Moved(LocalizationDistillationOptions options, long label = 0)
        {
            using var criterion = Attached(new LocalizationDistillation(options));
            Tensor gradient = Autograd.Grad(criterion.Evaluate(Step(student, Boxes(OneBox), teacher, label)), [student])[0];
            Assert.Equal(0, gradient.Narrow(1, 0, Kinds).Abs().Sum().ToDouble());
            bool[] moved = gradient.Abs().Sum([1]).Gt(0).Flatten().ToArray<bool>();
            return [.. Enumerable.Range(0, moved.Length).Where(k => moved[k])];
        }

        Assert.Equal([5], Moved(new LocalizationDistillationOptions()));
        Assert.Equal(16, Moved(new LocalizationDistillationOptions { Region = DistilledRegion.TeacherScores }).Length);
        Assert.Equal(16, Moved(new LocalizationDistillationOptions { Region = DistilledRegion.TeacherScores }, Dataset.NoLabel).Length);
        Assert.Empty(Moved(new LocalizationDistillationOptions(), Dataset.NoLabel));
        Assert.NotEmpty(Moved(new LocalizationDistillationOptions { Region = DistilledRegion.Valuable }));
        Assert.Empty(Moved(new LocalizationDistillationOptions { Region = DistilledRegion.Valuable }, Dataset.NoLabel));
    }

    [Fact]
    public void Bins_and_places_are_summed_or_averaged_as_asked()
    {
        using var scope = new TensorScope();
        Tensor student = Random(5), teacher = Random(6);
        double Loss(LocalizationDistillationOptions options)
        {
            using var criterion = Attached(new LocalizationDistillation(options));
            return criterion.Evaluate(Step(student, Boxes(OneBox), teacher)).ToDouble();
        }

        var scores = new LocalizationDistillationOptions { Region = DistilledRegion.TeacherScores };
        double plain = Loss(scores);
        Assert.Equal(Bins * plain, Loss(scores with { Bins = BinReduction.Sum }), 1e-4 * plain);
        double weights = teacher.Narrow(1, 0, Kinds).Sigmoid().Amax([1]).Sum().ToDouble();
        Assert.True(weights > 1);
        Assert.Equal(plain / weights, Loss(scores with { Normalize = RegionNormalization.WeightSum }), 1e-4 * plain);
        Assert.NotEqual(plain, Loss(scores with { Temperature = 1 }), 1e-3 * plain);
    }

    [Fact]
    public void Scores_take_the_teachers_as_their_target()
    {
        using var scope = new TensorScope();
        Tensor teacher = Tensor.From([0.0, 2.0, -1.0, 0.5], 1, 2, 2);
        Assert.Equal(0, FocalScoreDistillation.Loss(teacher, teacher).ToDouble(), 1e-12);

        // β 0, all σ of the student ½: log 2 for each score, over the sum of the places' best scores.
        double best = Sigmoid(2) + Sigmoid(0.5);
        Assert.Equal(4 * Math.Log(2) / best, FocalScoreDistillation.Loss(Tensor.Zeros(DType.Float64, 1, 2, 2), teacher, beta: 0).ToDouble(), 1e-9);
        static double Sigmoid(double z) => 1 / (1 + Math.Exp(-z));
    }

    // They disagree at place 5 alone, and there most where one says 1 and the other 0; the others tie at 0 and follow.
    [Fact]
    public void Features_are_imitated_where_both_disagree()
    {
        using var scope = new TensorScope();
        Tensor student = Tensor.Zeros(1, Channels, Side, Side) - 8, teacher = student.Clone();
        teacher.Narrow(1, 1, 1).Narrow(2, 1, 1).Narrow(3, 1, 1).FillInPlace(8);
        Tensor feature = Tensor.Rand(new Generator(1), 1, 6, Side, Side).SetRequiresGrad();
        var options = new GeneralInstancesOptions { Top = 1 };
        using var criterion = Attached(new GeneralInstances(options));
        Signals signals = Step(student, Boxes(OneBox), teacher, taps: new Dictionary<TapPath, Tensor> { [options.StudentTap] = feature });
        criterion.Prepare(signals);
        Tensor loss = criterion.Evaluate(signals);

        // The teacher's feature is the student's and 1.
        Assert.Equal(1, loss.ToDouble(), 1e-6);
        bool[] moved = Autograd.Grad(loss, [feature])[0].Abs().Sum([1]).Gt(0).Flatten().ToArray<bool>();
        Assert.Equal([5], Enumerable.Range(0, 16).Where(k => moved[k]));
        Assert.Equal(0, GeneralInstances.Loss(Tensor.Full([0, 6], 0), Tensor.Full([0, 6], 0)).ToDouble());
    }

    [Fact]
    public void A_feature_of_other_places_and_maps_of_other_sizes_are_refused()
    {
        using var scope = new TensorScope();
        var options = new GeneralInstancesOptions();
        using var instances = Attached(new GeneralInstances(options));
        Signals signals = Step(
            Random(1), Boxes(OneBox), Random(2), taps: new Dictionary<TapPath, Tensor> { [options.StudentTap] = Tensor.Zeros(1, 6, 2, 2) });
        instances.Prepare(signals);
        void Refused(string message, Action compute) =>
            Assert.Contains(message, Assert.Throws<ShapeException>(compute).Message, StringComparison.Ordinal);
        Refused("must have the places of the detector's map", () => instances.Evaluate(signals));
        using var criterion = Attached(new GeneralizedFocal(new GeneralizedFocalOptions()));
        Tensor odd = Tensor.Zeros(1, Channels, Side, 3);
        Refused("no whole number of places", () => criterion.Evaluate(Step(odd, Boxes(OneBox))));
        Tensor few = Tensor.Zeros(1, Channels - 1, Side, Side);
        Refused("a detector's map for the data's 2 classes", () => criterion.Evaluate(Step(few, Boxes(OneBox))));
    }
}
