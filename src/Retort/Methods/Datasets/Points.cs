using Retort.Torch;

namespace Retort.Methods.Datasets;

/// <summary>Rows of numbers in memory, for choices that go through them one at a time.</summary>
internal sealed class Points
{
    private readonly double[] _values;

    private Points(double[] values, int count, int width) => (_values, Count, Width) = (values, count, width);

    public int Count { get; }

    public int Width { get; }

    /// <summary>Takes features over, and checks that so many can be chosen from them.</summary>
    public static Points Of(Tensor features, int chosen)
    {
        Shapes.RequireDimensions(features, 2);
        int count = checked((int)features.Size(0));
        if (chosen < 0 || chosen > count)
            throw new ArgumentOutOfRangeException(nameof(chosen), chosen, $"there are {count} samples to choose from.");
        using var scope = new TensorScope();
        return new Points(
            features.Detach().To(DType.Float64).Contiguous().ToArray<double>(), count, checked((int)features.Size(1)));
    }

    /// <summary>Chosen rows without their order, as reference vectors list them.</summary>
    public static Tensor Sorted(IEnumerable<int> chosen) => Tensor.From<long>([.. chosen.Order().Select(k => (long)k)]);

    public ReadOnlySpan<double> Row(int k) => _values.AsSpan(k * Width, Width);

    public static double SquaredDistance(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int d = 0; d < a.Length; d++)
            sum += (a[d] - b[d]) * (a[d] - b[d]);
        return sum;
    }
}
