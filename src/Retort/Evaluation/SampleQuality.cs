using Retort.Data;
using Retort.Golden;
using Retort.Torch;

namespace Retort.Evaluation;

/// <summary>How far generated samples are from real ones, as distributions.</summary>
/// <remarks>Rows are samples, of the data itself or of features. Everything is computed in float64, and the same rows give the
/// same bits.</remarks>
public static class SampleQuality
{
    // A covariance of fewer samples than dimensions has eigenvalues of 0, which rounding makes negative.
    private const double NegativeByRounding = -1e-6;

    /// <summary>Sliced Wasserstein-2 distance: the root mean squared difference of sorted projections.</summary>
    /// <param name="generated">[N, D].</param>
    /// <param name="real">[N, D].</param>
    /// <param name="directions">How many unit directions are drawn.</param>
    /// <param name="seed">Decides the directions.</param>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static double SlicedWasserstein(Tensor generated, Tensor real, int directions = 128, ulong seed = 0)
    {
        Shapes.RequireDimensions(generated, 2);
        Shapes.RequireSame(generated, real);
        using var scope = new TensorScope();
        int width = (int)real.Size(1);
        var random = RandomStream.Derive(seed, 0x51C3D);
        double[] drawn = [.. Enumerable.Range(0, directions * width).Select(_ => random.NextGaussian())];
        Tensor axes = Tensor.From(drawn, directions, width);
        axes = axes / axes.Norm(2, [1], true);
        Tensor Sorted(Tensor rows) => axes.MatMul(rows.To(DType.Float64).T()).Sort(1).Item1;   // [directions, N]
        return Math.Sqrt((Sorted(generated) - Sorted(real)).Square().Mean().ToDouble());
    }

    /// <summary>Unbiased squared maximum mean discrepancy under a mean of three Gaussian kernels.</summary>
    /// <remarks>Bandwidths are a half, one and two times the median distance between real samples. About 0 where the
    /// distributions agree, and then as often below as above.</remarks>
    /// <param name="generated">[N, D], N at least 2.</param>
    /// <param name="real">[M, D], M at least 2.</param>
    public static double MeanDiscrepancy(Tensor generated, Tensor real)
    {
        Shapes.RequireDimensions(generated, 2);
        Shapes.RequireDimensions(real, 2);
        using var scope = new TensorScope();
        Tensor a = generated.To(DType.Float64), b = real.To(DType.Float64);
        Tensor inside = Ops.Cdist(b, b);
        double median = inside.Median().ToDouble(), sum = 0;
        foreach (double factor in (ReadOnlySpan<double>)[0.5, 1, 2])
        {
            double twice = 2 * Math.Pow(factor * median, 2);
            Tensor Kernel(Tensor distances) => (distances.Square() / -twice).Exp();
            double Mean(Tensor distances)
            {
                double n = distances.Size(0);
                return (Kernel(distances).Sum().ToDouble() - n) / (n * (n - 1));
            }

            sum += Mean(Ops.Cdist(a, a)) + Mean(inside) - 2 * Kernel(Ops.Cdist(a, b)).Mean().ToDouble();
        }

        return sum / 3;
    }

    /// <summary>Share of generated samples inside the real ones' neighbourhoods, and of real samples inside the generated
    /// ones'.</summary>
    /// <remarks>Kynkäänniemi et al., arXiv:1904.06991: a neighbourhood is the ball around a sample that reaches to its k-th
    /// nearest of its own kind.</remarks>
    /// <param name="generated">[N, D].</param>
    /// <param name="real">[M, D].</param>
    /// <param name="neighbours">k.</param>
    public static (double Precision, double Recall) PrecisionAndRecall(Tensor generated, Tensor real, int neighbours = 3)
    {
        Shapes.RequireDimensions(generated, 2);
        Shapes.RequireDimensions(real, 2);
        using var scope = new TensorScope();
        Tensor a = generated.To(DType.Float64), b = real.To(DType.Float64), between = Ops.Cdist(a, b);   // [N, M]

        // The nearest of all is the sample itself.
        Tensor Radii(Tensor rows) => Ops.Cdist(rows, rows).Kthvalue(neighbours + 1, 1).Item1;
        double precision = between.Le(Radii(b).Unsqueeze(0)).Any(1).To(DType.Float64).Mean().ToDouble();
        double recall = between.Le(Radii(a).Unsqueeze(1)).Any(0).To(DType.Float64).Mean().ToDouble();
        return (precision, recall);
    }

    /// <summary>Fréchet distance of the Gaussians with the rows' means and covariances.</summary>
    /// <remarks>|m₁ − m₂|² + tr(C₁ + C₂ − 2 (C₁C₂)^½), covariances with n − 1; the root by eigenvalues of C₁^½ C₂ C₁^½ (Heusel et
    /// al., arXiv:1706.08500). Biased by the number of rows: compare at equal ones.</remarks>
    /// <param name="first">[N, D], N at least 2.</param>
    /// <param name="second">[M, D], M at least 2.</param>
    /// <exception cref="ShapeException">The widths differ.</exception>
    public static double FrechetDistance(Tensor first, Tensor second)
    {
        Shapes.RequireDimensions(first, 2);
        Shapes.RequireDimensions(second, 2);
        if (first.Size(1) != second.Size(1))
        {
            throw new ShapeException(
                $"'first' {Shapes.Text(first)} and 'second' {Shapes.Text(second)} must have the same width.");
        }

        using var scope = new TensorScope();
        (Tensor meanA, Tensor covarianceA) = Moments(first);
        (Tensor meanB, Tensor covarianceB) = Moments(second);
        (Tensor values, Tensor vectors) = covarianceA.LinalgEigh();
        Tensor root = (vectors * NotNegative(values).Sqrt()).MatMul(vectors.T());
        Tensor common = NotNegative(root.MatMul(covarianceB).MatMul(root).LinalgEigh().Item1).Sqrt().Sum();
        Tensor trace = covarianceA.Trace() + covarianceB.Trace() - common * 2;
        return ((meanA - meanB).Square().Sum() + trace).ToDouble();
    }

    /// <summary>How far apart the means are, and how large the generated samples' total variance is beside the real
    /// ones'.</summary>
    /// <param name="generated">[N, D], N at least 2.</param>
    /// <param name="real">[M, D], M at least 2.</param>
    /// <returns>The distance, and the ratio of the covariances' traces.</returns>
    public static (double MeanError, double Spread) CompareMoments(Tensor generated, Tensor real)
    {
        Shapes.RequireDimensions(generated, 2);
        Shapes.RequireDimensions(real, 2);
        using var scope = new TensorScope();
        Tensor a = generated.To(DType.Float64), b = real.To(DType.Float64);
        Tensor Total(Tensor rows) => (rows - rows.Mean([0])).Square().Sum() / (rows.Size(0) - 1);
        return ((a.Mean([0]) - b.Mean([0])).Square().Sum().Sqrt().ToDouble(), (Total(a) / Total(b)).ToDouble());
    }

    /// <summary>How generated points lie about the centres of real ones, class by class.</summary>
    /// <remarks>Centres are the classes' means. A class is covered where at least a quarter of its share of the generated points
    /// is nearer to its centre than to any other; a point is good within four standard deviations of the nearest centre, the
    /// deviation being the classes' own along one axis.</remarks>
    /// <param name="generated">[N, D].</param>
    /// <param name="real">[M, D].</param>
    /// <param name="labels">Classes of the real points, [M].</param>
    /// <param name="classes">How many there are.</param>
    /// <returns>The number of classes covered, and the share of good points.</returns>
    public static (int Covered, double Good) Modes(Tensor generated, Tensor real, Tensor labels, int classes)
    {
        Shapes.RequireDimensions(generated, 2);
        Shapes.RequireDimensions(real, 2);
        Shapes.RequireLabelled(real, labels);
        using var scope = new TensorScope();
        Tensor b = real.To(DType.Float64), member = labels.OneHot(classes).To(DType.Float64);   // [M, K]
        Tensor sizes = member.Sum([0]);
        Tensor centres = member.T().MatMul(b) / sizes.ClampMin(1).Unsqueeze(1);                 // [K, D]
        double deviation = (b - member.MatMul(centres)).Square().Mean().Sqrt().ToDouble();
        (Tensor distance, Tensor nearest) = Ops.Cdist(generated.To(DType.Float64), centres).Min(1);
        Tensor found = nearest.OneHot(classes).To(DType.Float64).Mean([0]);
        double[] shares = found.ToArray<double>(), wanted = (sizes / real.Size(0)).ToArray<double>();
        int covered = shares.Zip(wanted).Count(p => p.Second > 0 && p.First >= p.Second / 4);
        return (covered, distance.Le(4 * deviation).To(DType.Float64).Mean().ToDouble());
    }

    private static (Tensor Mean, Tensor Covariance) Moments(Tensor rows)
    {
        Tensor wide = rows.To(DType.Float64), mean = wide.Mean([0]), apart = wide - mean;
        return (mean, apart.T().MatMul(apart) / (rows.Size(0) - 1));
    }

    private static Tensor NotNegative(Tensor eigenvalues)
    {
        double scale = Math.Max(1, eigenvalues.Abs().Max().ToDouble());
        double least = eigenvalues.Min().ToDouble();
        return least >= NegativeByRounding * scale
            ? eigenvalues.ClampMin(0)
            : throw new ArgumentException($"a covariance has the eigenvalue {least}: the rows hold values that are no numbers.");
    }

    [Golden("frechet-distance")]
    private static GoldenOutputs Golden(GoldenInputs vector) =>
        new() { ["fid"] = FrechetDistance(vector["features_a"], vector["features_b"]) };
}
