using System.ComponentModel.DataAnnotations;

namespace Retort.Data.Sets;

/// <summary>Drawn shapes with exact boxes, 48 × 48: made by the program, so that nothing has to be fetched.</summary>
/// <remarks>One to three shapes of five kinds (disk, square, ring, plus, diamond), 10 to 20 pixels wide, whose boxes do not
/// overlap, in one colour each on a darker ground, under noise. A seed gives the same pictures on every machine. Batches have
/// boxes as <see cref="CocoSet"/> says.</remarks>
[Dataset("toy-detection")]
public sealed record ToyDetection : DatasetOptions
{
    /// <summary>Samples of the training split.</summary>
    [Range(1, 100_000)]
    public int Train { get; init; } = 1500;

    /// <summary>Samples of the test split.</summary>
    [Range(1, 100_000)]
    public int Test { get; init; } = 300;

    /// <summary>Which set is drawn.</summary>
    [Range(0, int.MaxValue)]
    public int Seed { get; init; }

    /// <summary>Deviation of the noise, where pictures go from 0 to 1.</summary>
    [Range(0.0, 1.0)]
    public double Noise { get; init; } = 0.2;

    /// <inheritdoc/>
    public override bool HasFiles => false;

    /// <inheritdoc/>
    public override string Task => "detection";

    /// <inheritdoc/>
    protected override (IReadOnlyList<double> Mean, IReadOnlyList<double> Deviation)? Usual => ([0.3], [0.3]);

    /// <inheritdoc/>
    public override Dataset Load(string root, string split)
    {
        (ulong number, int count) = Drawn("toy-detection", split, Train, Test);
        const int Bytes = 3 * ToyScene.Size * ToyScene.Size, Numbers = ToyScene.MostShapes * BoxedSource.Columns;
        byte[] pixels = new byte[count * Bytes];
        float[] boxes = new float[count * Numbers];
        for (int k = 0; k < count; k++)
        {
            ToyScene.Draw(
                RandomStream.Derive((ulong)Seed, number, (ulong)k), Noise, pixels.AsSpan(k * Bytes, Bytes),
                boxes.AsSpan(k * Numbers, Numbers));
        }

        var source = new BoxedSource(pixels, boxes, ToyScene.MostShapes, ToyScene.Size, ToyScene.Size);
        return Dataset.Of("toy-detection", split, source, new long[count], ToyScene.Kinds);
    }
}
