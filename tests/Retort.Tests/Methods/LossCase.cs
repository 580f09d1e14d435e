using System.Globalization;
using Retort.Torch;

namespace Retort.Tests.Methods;

/// <summary>A loss with the shapes of its inputs, from which the shared theories make data.</summary>
/// <param name="Name">The method's slug, and a part where it has several losses.</param>
/// <param name="Inputs">Names with shapes: <c>labels/3 5</c> holds classes below 3 in five rows, <c>mask</c> zeros and ones,
/// <c>probs</c> rows that sum to 1, <c>log-probs</c> their logarithms; others are normal numbers.</param>
/// <param name="Loss">The loss.</param>
internal sealed record LossCase(string Name, string Inputs, Func<Func<string, Tensor>, Tensor> Loss)
{
    /// <summary>Which dimension of which input is cut to make batches that differ; null where all inputs share nothing.</summary>
    public string Cut { get; init; } = "teacher";

    /// <summary>Whether the loss reads the student in places through which no gradient is meant to flow.</summary>
    public bool HasConstantParts { get; init; }

    /// <summary>Inputs made from the seed, those of the student requiring a gradient.</summary>
    public Dictionary<string, Tensor> Make(ulong seed, DType dtype, string? cut = null)
    {
        var values = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        using var generator = new Generator(seed);
        foreach (string input in Inputs.Split(';', StringSplitOptions.TrimEntries))
        {
            string[] words = input.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            string[] kind = words[0].Split('/');
            long[] shape = [.. words[1..].Select(w => long.Parse(w, CultureInfo.InvariantCulture))];
            if (kind[0] == cut)
                shape[0]--;
            values[kind[0]] = Make(kind, shape, generator, dtype);
        }

        return values;
    }

    private static Tensor Make(string[] kind, long[] shape, Generator generator, DType dtype)
    {
        Tensor uniform = Tensor.Rand(generator, shape).To(dtype);
        if (kind.Length > 1)
        {
            // Classes in turn, so that each occurs and rows of ids hold no class twice.
            int classes = int.Parse(kind[1], CultureInfo.InvariantCulture);
            return Tensor.Arange(uniform.NumElements).Remainder(classes).Reshape(shape);
        }

        if (kind[0] == "mask")
            return (uniform > 0.3).To(DType.Int64);
        Tensor normal = Tensor.Randn(generator, shape).To(dtype);
        if (kind[0].Contains("log-probs", StringComparison.Ordinal))
            return normal.LogSoftmax(-1) - 0.3;
        if (kind[0].Contains("probs", StringComparison.Ordinal))
            return normal.Softmax(-1);
        return kind[0].Contains("student", StringComparison.Ordinal) ? normal.Detach().SetRequiresGrad() : normal;
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
