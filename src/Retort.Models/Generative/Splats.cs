using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Models.Generative;

/// <summary>Scenes of Gaussian splats in the plane, seen from all around as one line of pixels.</summary>
/// <remarks>
/// <para>From view v a camera at the angle θ = 2πv / views looks at the plane. A splat at p lies at u = p·(cos θ, sin θ) on its
/// line of pixels and at the depth d = p·(−sin θ, cos θ), the larger the nearer. It covers a pixel by α(u′) = o·exp(−(u′ − u)² /
/// 2s²), and lets through what those behind it show: the pixel is Σ_b c_b α_b Π_{b′≠b} (1 − α_{b′})^{n(b′, b)}, n(b′, b) =
/// sigmoid((d_{b′} − d_b) / 0.05) being how surely b′ is before b. So the order of depth, too, has a slope (Kerbl et al., "3D
/// Gaussian Splatting for Real-Time Radiance Field Rendering", 2023, arXiv:2308.04079, equation 3, with a sharp order). Pixels
/// lie evenly from −1 to 1. Colours go from −1 to 1; 0, the background, is grey.</para>
/// <para>[N, channels, pixels] noise → [N, channels, pixels] pictures. A condition is a view; where none is told, the noise's
/// second number decides it.</para>
/// <para>Parameters: <c>colors</c> [particles, blobs, channels], whose tanh is the colour; where the geometry is learned also
/// <c>places</c> [particles, blobs, 2], <c>log_scales</c> and <c>opacities</c> [particles, blobs], the latter as logits. A known
/// geometry is that of the data set <c>projections</c>: blobs of equal size evenly on a circle.</para>
/// </remarks>
public sealed class Splats : ParticleGenerator
{
    // The circle of a known geometry, the size of its blobs and how much they cover: the data set's.
    private const double Radius = 0.65;
    private const double Scale = 0.18;
    private const double Opacity = 0.8;

    // A splat that covered everything would let the logarithm of what it lets through be infinite.
    private const double MostOpaque = 0.99;

    private const double OrderWidth = 0.05;

    private readonly SplatsOptions _options;
    private readonly Parameter _colors;
    private readonly Slot _places;
    private readonly Slot _scales;
    private readonly Slot _opacities;
    private readonly Torch.Nn.Buffer _angles;
    private readonly Torch.Nn.Buffer _pixels;
    private readonly Torch.Nn.Buffer _others;

    internal Splats(SplatsOptions options)
        : base(options.Particles)
    {
        _options = options;
        int blobs = options.Blobs;
        Tensor Fresh(params ReadOnlySpan<long> shape) => Tensor.Empty(DType.Float32, shape);
        _colors = Parameter("colors", Init.Normal(Fresh(options.Particles, blobs, options.Channels), std: options.Deviation));
        if (options.Geometry == SplatGeometry.Learned)
        {
            _places = Parameter("places", Init.Uniform(Fresh(options.Particles, blobs, 2), -Radius, Radius));
            _scales = Parameter("log_scales", Init.Constant(Fresh(options.Particles, blobs), Math.Log(Scale)));
            _opacities = Parameter("opacities", Init.Constant(Fresh(options.Particles, blobs), 0));
        }
        else
        {
            double[] turns = [.. Enumerable.Range(0, blobs).Select(b => 2 * Math.PI * b / blobs)];
            double[] circle = [.. turns.SelectMany(t => new[] { Radius * Math.Cos(t), Radius * Math.Sin(t) })];
            double covered = Opacity / MostOpaque;
            _places = Buffer("places", Tensor.From(circle, 1, blobs, 2).To(DType.Float32), persistent: false);
            _scales = Buffer("log_scales", Tensor.Full([1, blobs], Math.Log(Scale)), persistent: false);
            _opacities = Buffer("opacities", Tensor.Full([1, blobs], Math.Log(covered / (1 - covered))), persistent: false);
        }

        double[] views = [.. Enumerable.Range(0, options.Views).Select(v => 2 * Math.PI * v / options.Views)];
        double[] centres = [.. Enumerable.Range(0, options.Pixels).Select(j => 2 * (j + 0.5) / options.Pixels - 1)];
        double[] mask = [.. Enumerable.Range(0, blobs * blobs).Select(k => k / blobs == k % blobs ? 0.0 : 1.0)];
        _angles = Buffer("angles", Tensor.From(views).To(DType.Float32), persistent: false);
        _pixels = Buffer("pixels", Tensor.From(centres, 1, 1, options.Pixels).To(DType.Float32), persistent: false);
        _others = Buffer("others", Tensor.From(mask, blobs, blobs).To(DType.Float32), persistent: false);
    }

    /// <inheritdoc/>
    public override int Conditions => _options.Views;

    /// <inheritdoc/>
    public override Tensor Generate(Tensor noise)
    {
        Shapes.RequireDimensions(noise, 3);
        if (noise.Size(1) != _options.Channels || noise.Size(2) != _options.Pixels)
        {
            throw new ShapeException(
                $"'noise' {Shapes.Text(noise)} must be lines of {_options.Pixels} pixels of {_options.Channels} channels: "
                + $"[N, {_options.Channels}, {_options.Pixels}].");
        }

        return base.Generate(noise);
    }

    /// <inheritdoc/>
    public override Tensor Render(Tensor particle, Tensor? view)
    {
        ArgumentNullException.ThrowIfNull(particle);
        ArgumentNullException.ThrowIfNull(view);
        Tensor angle = _angles.Value.IndexSelect(0, view).Unsqueeze(1);                                   // [N, 1]
        Tensor places = Of(_places, particle), x = places.Select(2, 0), y = places.Select(2, 1);          // [N or 1, B]
        Tensor across = x * angle.Cos() + y * angle.Sin(), depth = y * angle.Cos() - x * angle.Sin();     // [N, B]
        Tensor apart = _pixels.Value - across.Unsqueeze(2);                                               // [N, B, P]
        Tensor twice = (Of(_scales, particle) * 2).Exp().Unsqueeze(2) * -2;
        Tensor opaque = Of(_opacities, particle).Sigmoid().Unsqueeze(2) * MostOpaque;
        Tensor cover = opaque * (apart.Square() / twice).Exp();                                           // [N, B, P]
        Tensor before = ((depth.Unsqueeze(1) - depth.Unsqueeze(2)) / OrderWidth).Sigmoid() * _others.Value;   // [N, b, b′]
        Tensor through = before.MatMul((1 - cover).Log()).Exp();                                          // [N, B, P]
        Tensor colors = _colors.Value.IndexSelect(0, particle).Tanh();                                    // [N, B, C]
        return colors.Transpose(1, 2).MatMul(cover * through);                                            // [N, C, P]
    }

    private Tensor Of(Slot slot, Tensor particle) =>
        _options.Geometry == SplatGeometry.Learned ? slot.Value.IndexSelect(0, particle) : slot.Value;
}

/// <summary>What a recipe may give scenes of splats.</summary>
public sealed record SplatsOptions : ModelOptions
{
    /// <summary>How many scenes are optimised at once.</summary>
    public int Particles { get; init; } = 1;

    /// <summary>Splats of each.</summary>
    public int Blobs { get; init; } = 8;

    /// <summary>Angles to look from, evenly all around.</summary>
    public int Views { get; init; } = 12;

    /// <summary>Pixels of a picture, which is one line.</summary>
    public int Pixels { get; init; } = 16;

    /// <summary>Channels of a colour.</summary>
    public int Channels { get; init; } = 3;

    /// <summary>Whether places, sizes and opacities are learned beside the colours.</summary>
    public SplatGeometry Geometry { get; init; }

    /// <summary>Standard deviation of what colours begin as, before the tanh.</summary>
    public double Deviation { get; init; } = 0.5;

    /// <summary>The options that a name of the catalogue stands for.</summary>
    [Model("splats")]
    public static SplatsOptions Named(string name) => new();

    /// <inheritdoc/>
    protected override void Validate()
    {
        RequireNoClassifier();
        RequireAtLeast(Particles, 1, nameof(Particles));
        RequireAtLeast(Channels, 1, nameof(Channels));
        RequirePositive(Deviation, nameof(Deviation));

        // Places, angles and pixels are written down one by one.
        RequireWithin(Blobs, 1024, nameof(Blobs));
        RequireWithin(Pixels, 65_536, nameof(Pixels), least: 2);
        RequireWithin(Views, 65_536, nameof(Views));
    }

    /// <inheritdoc/>
    protected override Module Create() => new Splats(this);
}

/// <summary>What of a scene of splats is known.</summary>
public enum SplatGeometry
{
    /// <summary>Places, sizes and opacities; colours are learned.</summary>
    Known,

    /// <summary>Nothing: all of it is learned.</summary>
    Learned,
}
