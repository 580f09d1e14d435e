using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Models.Generative;

/// <summary>A Gaussian with a learned mean and factor: x = m + L z.</summary>
/// <remarks>[N, features] noise → [N, features] samples with mean m and covariance L·Lᵀ. Parameters: <c>mean</c> [features],
/// normal; <c>factor</c> [features, features], a multiple of the identity; both with the standard deviation of the
/// options.</remarks>
public sealed class LinearGenerator : SampleGenerator
{
    private readonly Parameter _mean;
    private readonly Parameter _factor;

    internal LinearGenerator(LinearGeneratorOptions options)
    {
        long width = options.Features;
        _mean = Parameter("mean", Init.Normal(Tensor.Empty(DType.Float32, width), std: options.Deviation));
        Tensor factor = Init.Constant(Tensor.Empty(DType.Float32, width, width), 0);
        for (long k = 0; k < width; k++)
            Init.Constant(factor.Select(0, k).Narrow(0, k, 1), options.Deviation);
        _factor = Parameter("factor", factor);
    }

    /// <inheritdoc/>
    public override Tensor Generate(Tensor noise)
    {
        Shapes.RequireDimensions(noise, 2);
        long width = _mean.Value.Size(0);
        if (noise.Size(1) != width)
            throw new ShapeException($"'noise' {Shapes.Text(noise)} must be vectors of {width} numbers: [N, {width}].");
        return noise.MatMul(_factor.Value.T()) + _mean.Value;
    }
}

/// <summary>What a recipe may give a Gaussian that is learned.</summary>
public sealed record LinearGeneratorOptions : ModelOptions
{
    /// <summary>Width of a sample.</summary>
    public int Features { get; init; } = 2;

    /// <summary>Standard deviation with which it begins, and of where its mean begins.</summary>
    public double Deviation { get; init; } = 1;

    /// <summary>The options that a name of the catalogue stands for.</summary>
    [Model("linear-generator")]
    public static LinearGeneratorOptions Named(string name) => new();

    /// <inheritdoc/>
    protected override void Validate()
    {
        RequireNoClassifier();
        RequireWithin(Features, MostFeatures, nameof(Features));
        RequirePositive(Deviation, nameof(Deviation));
    }

    /// <inheritdoc/>
    protected override Module Create() => new LinearGenerator(this);

    // The factor is a full matrix, and its diagonal is set number by number.
    private const int MostFeatures = 4096;
}
