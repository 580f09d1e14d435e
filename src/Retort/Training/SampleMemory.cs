using System.ComponentModel.DataAnnotations;
using Retort.Data;
using Retort.Torch;

namespace Retort.Training;

/// <summary>What a recipe may write under <c>memory:</c>: the few samples of old classes that are kept and seen again.</summary>
public sealed record SampleMemory
{
    /// <summary>Samples kept of each class; 0 for none.</summary>
    [Range(0, int.MaxValue)]
    public int PerClass { get; init; } = 20;

    /// <summary>Which.</summary>
    public MemoryChoice By { get; init; }

    /// <summary>Chooses samples of one class, the most telling first.</summary>
    /// <param name="features">The samples' features, [M, D].</param>
    /// <param name="stream">Decides where chance does.</param>
    /// <returns>Places among the M, at most <see cref="PerClass"/>.</returns>
    public int[] Choose(Tensor features, RandomStream stream)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(stream);
        int count = (int)features.Size(0), kept = Math.Min(PerClass, count);
        return By == MemoryChoice.Random ? stream.Permutation(count)[..kept] : Herd(features, kept);
    }

    // Rebuffi et al., "iCaRL", arXiv:1611.07725, algorithm 4: each pick brings the mean of what is kept nearest to the
    // class's mean.
    private static int[] Herd(Tensor features, int kept)
    {
        using var scope = new TensorScope();
        Tensor unit = features.Detach().AtLeastFloat32();
        unit = unit / unit.Norm(p: 2, dim: 1, keepDim: true).ClampMin(1e-12);
        Tensor mean = unit.Mean(0), sum = mean.ZerosLike();
        Tensor taken = Tensor.Zeros(unit.Size(0)).To(unit.DType);
        var chosen = new int[kept];
        for (int k = 0; k < kept; k++)
        {
            Tensor distance = (mean - ((unit + sum) / (k + 1))).Norm(p: 2, dim: 1) + taken;   // [M]
            chosen[k] = (int)distance.Argmin(0).ToInt64();
            taken.Select(0, chosen[k]).FillInPlace(double.PositiveInfinity);
            sum = sum + unit.Select(0, chosen[k]);
        }

        return chosen;
    }
}

/// <summary>Which samples of a class a memory keeps.</summary>
public enum MemoryChoice
{
    /// <summary>Those whose features' mean comes nearest to the class's, one after the other.</summary>
    Herding,

    /// <summary>Any.</summary>
    Random,
}
