using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Models.Generative;

/// <summary>Particles that are short vectors themselves: the plainest scenes there are.</summary>
/// <remarks>[N, features] noise → [N, features] samples. Parameter: <c>points</c> [particles, features], normal with the standard
/// deviation of the options.</remarks>
public sealed class Points : ParticleGenerator
{
    private readonly Parameter _points;
    private readonly int _features;

    internal Points(PointsOptions options)
        : base(options.Particles)
    {
        _features = options.Features;
        Tensor points = Tensor.Empty(DType.Float32, options.Particles, options.Features);
        _points = Parameter("points", Init.Normal(points, std: options.Deviation));
    }

    /// <inheritdoc/>
    public override Tensor Generate(Tensor noise)
    {
        Shapes.RequireDimensions(noise, 2);
        if (noise.Size(1) != _features)
            throw new ShapeException($"'noise' {Shapes.Text(noise)} must be vectors of {_features} numbers: [N, {_features}].");
        return base.Generate(noise);
    }

    /// <inheritdoc/>
    public override Tensor Render(Tensor particle, Tensor? view)
    {
        ArgumentNullException.ThrowIfNull(particle);
        return _points.Value.IndexSelect(0, particle);
    }
}

/// <summary>What a recipe may give particles that are short vectors.</summary>
public sealed record PointsOptions : ModelOptions
{
    /// <summary>How many there are.</summary>
    public int Particles { get; init; } = 64;

    /// <summary>Width of each.</summary>
    public int Features { get; init; } = 2;

    /// <summary>Standard deviation of where they begin, about 0.</summary>
    public double Deviation { get; init; } = 1;

    /// <summary>The options that a name of the catalogue stands for.</summary>
    [Model("points")]
    public static PointsOptions Named(string name) => new();

    /// <inheritdoc/>
    protected override void Validate()
    {
        RequireNoClassifier();
        RequireAtLeast(Particles, 1, nameof(Particles));
        RequireAtLeast(Features, 1, nameof(Features));
        RequirePositive(Deviation, nameof(Deviation));
    }

    /// <inheritdoc/>
    protected override Module Create() => new Points(this);
}
