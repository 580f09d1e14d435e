using Retort.Data;
using Retort.Distillation;
using Retort.Evaluation.Tasks;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Evaluation.Tasks;

public sealed class SegmentationTaskTests
{
    // Six pixels that count, of three classes. Class 0: one of two found, and one taken wrongly, 1 of 3. Class 1: two found, one
    // taken wrongly from 0, 2 of 3. Class 2: one of two found, 1 of 2. Class 3 occurs nowhere.
    [Fact]
    public void Mean_intersection_over_union_worked_by_hand()
    {
        using var scope = new TensorScope();
        long[] labels = [0, 0, 1, 1, 2, 2, -100, -100], predicted = [0, 1, 1, 1, 2, 0, 3, 3];
        Dictionary<string, double> found = Evaluate(labels, predicted);
        Assert.Equal((1 / 3.0 + 2 / 3.0 + 1 / 2.0) / 3, found["miou"], 1e-12);
        Assert.Equal(4 / 6.0, found["pixel-accuracy"], 1e-12);
        Assert.Equal("miou", new SegmentationTask().Evaluate(new Scores(), Loader(labels, predicted), Device.Cpu)[0].Key);
    }

    [Fact]
    public void A_class_that_is_predicted_and_never_right_counts_as_nothing_found()
    {
        using var scope = new TensorScope();
        Dictionary<string, double> found = Evaluate([0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 3]);
        Assert.Equal((7 / 8.0 + 0) / 2, found["miou"], 1e-12);
    }

    [Fact]
    public void A_label_that_the_model_has_no_class_for_is_refused()
    {
        using var scope = new TensorScope();
        ShapeException error = Assert.Throws<ShapeException>(() => Evaluate([0, 0, 0, 0, 0, 0, 0, 4], [0, 0, 0, 0, 0, 0, 0, 3]));
        Assert.Contains("a label is 4, and the model has 4 classes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_that_is_told_the_labels_sees_their_channel()
    {
        using var scope = new TensorScope();
        var seen = new List<long>();
        using var model = new Scores(seen);
        long[] labels = [0, 0, 1, 1, 2, 2, -100, -100];
        new SegmentationTask { Labels = new LabelChannel { Codes = 5 } }.Evaluate(model, Loader(labels, labels), Device.Cpu);
        Assert.Equal([2L], seen.Distinct());
    }

    private static Dictionary<string, double> Evaluate(long[] labels, long[] predicted)
    {
        using var model = new Scores();
        return new SegmentationTask().Evaluate(model, Loader(labels, predicted), Device.Cpu).ToDictionary();
    }

    // Two pictures of 2 × 2, whose grey values are what the model says of each pixel.
    private static Loader Loader(long[] labels, long[] predicted) => new(
        Dataset.Of("pixels", "test", new Pixels(predicted, labels), [-100, -100], ["a", "b", "c", "d"]), new LoaderOptions { BatchSize = 1 });

    private sealed class Pixels(long[] values, long[] labels) : ISampleSource
    {
        public int Count => 2;

        public IReadOnlyList<long> SampleShape { get; } = [1, 2, 2];

        public DType ElementType => DType.Float32;

        public bool IsCostly => false;

        public string Identity => "pixels";

        public IReadOnlyList<SampleField> Fields { get; } = [new SampleField("labels", [2, 2], DType.Int64)];

        public void Read(int place, Span<byte> target)
        {
            for (int k = 0; k < 4; k++)
                BitConverter.TryWriteBytes(target[(4 * k)..], (float)Math.Max(0, values[(4 * place) + k]));
        }

        public void ReadField(int place, int field, Span<byte> target) =>
            System.Runtime.InteropServices.MemoryMarshal.AsBytes(labels.AsSpan(4 * place, 4)).CopyTo(target);
    }

    /// <summary>Scores of four classes, highest at the pixel's value.</summary>
    private sealed class Scores(List<long>? channels = null) : Module
    {
        protected override Tensor Forward(Tensor input)
        {
            channels?.Add(input.Size(1));
            Tensor kinds = Tensor.Arange(4).To(DType.Float32).Reshape([1, 4, 1, 1]);
            return -(input.Narrow(1, 0, 1) - kinds).Abs();
        }
    }
}
