using Retort.Data;
using Retort.Evaluation.Tasks;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Evaluation.Tasks;

public sealed class RetrievalTaskTests
{
    // Captions lie at 0°, 90°, 180°; the pictures at 10°, 101° and 80°. Of the pictures the first two are nearest to their own
    // caption. The caption at 90° is nearest to the third picture, the one at 180° to the second.
    [Fact]
    public void Recall_at_one_worked_by_hand()
    {
        using var scope = new TensorScope();
        Dictionary<string, double> found = Evaluate([10, 101, 80], [1, 2, 3]);
        Assert.Equal(2 / 3.0, found["picture-to-caption"], 1e-12);
        Assert.Equal(1 / 3.0, found["caption-to-picture"], 1e-12);
        Assert.Equal(0.5, found["recall"], 1e-12);
    }

    [Fact]
    public void Another_caption_of_the_same_words_counts_as_found()
    {
        using var scope = new TensorScope();
        Assert.Equal(1 / 3.0, Evaluate([10, 5, 80], [1, 2, 3])["picture-to-caption"], 1e-12);
        Assert.Equal(2 / 3.0, Evaluate([10, 5, 80], [1, 1, 3])["picture-to-caption"], 1e-12);
    }

    private static Dictionary<string, double> Evaluate(double[] angles, long[] captions)
    {
        var data = Dataset.Of("pairs", "test", new Pairs(angles, captions), [-100, -100, -100], []);
        using var model = new Circle();
        return new RetrievalTask().Evaluate(model, new Loader(data, new LoaderOptions { BatchSize = 2 }), Device.Cpu).ToDictionary();
    }

    private sealed class Pairs(double[] angles, long[] captions) : ISampleSource
    {
        public int Count => 3;

        public IReadOnlyList<long> SampleShape { get; } = [1];

        public DType ElementType => DType.Float32;

        public bool IsCostly => false;

        public string Identity => "pairs";

        public IReadOnlyList<SampleField> Fields { get; } = [new SampleField("caption", [1], DType.Int64)];

        public void Read(int place, Span<byte> target) => BitConverter.TryWriteBytes(target, (float)(angles[place] * Math.PI / 180));

        public void ReadField(int place, int field, Span<byte> target) => BitConverter.TryWriteBytes(target, captions[place]);
    }

    /// <summary>Pictures at their angle, caption k at (k − 1) · 90°; lengths are no matter.</summary>
    private sealed class Circle : Module
    {
        protected override Tensor Forward(Tensor input)
        {
            Tensor angle = input.DType == DType.Int64 ? (input.To(DType.Float32) - 1) * (Math.PI / 2) : input;
            return Ops.Cat([angle.Cos(), angle.Sin()], 1) * 3;
        }
    }
}
