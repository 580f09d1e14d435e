using Retort.Torch;

namespace Retort.Evaluation;

/// <summary>Work on many samples, a few at a time.</summary>
internal static class TensorParts
{
    /// <summary>What a function makes of samples, [N, …] → [N, …], each part in a scope of its own.</summary>
    public static Tensor InParts(this Tensor samples, int size, Func<Tensor, Tensor> make) =>
        samples.InParts(size, (part, _) => make(part));

    /// <summary>The same, where the function is also told the place of each part's first sample.</summary>
    public static Tensor InParts(this Tensor samples, int size, Func<Tensor, long, Tensor> make)
    {
        var parts = new List<Tensor>();
        for (long from = 0; from < samples.Size(0); from += size)
        {
            using var scope = new TensorScope();
            parts.Add(scope.Keep(make(samples.Narrow(0, from, Math.Min(size, samples.Size(0) - from)), from)));
        }

        return Ops.Cat(parts.ToArray(), 0);
    }
}
