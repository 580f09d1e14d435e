using Retort.Torch;

namespace Retort.Data.Transforms;

/// <summary>One differentiable change of a picture, drawn from a few groups: what distilled data is made
/// and trained with.</summary>
/// <remarks>
/// <para>Zhao and Bilen, "Dataset Condensation with Differentiable Siamese Augmentation", arXiv:2102.08259, section 3.2. One
/// group is drawn with equal chance: colour (brightness, then saturation, then contrast), crop, cutout, flip, scale
/// or rotation.</para>
/// <para>[N, C, H, W] of normalised inputs; zero fills what comes in from outside. Within a training batch each sample draws its
/// own; <see cref="Draw"/> gives one draw for whole batches, so that real and synthetic samples are changed alike, and gradients
/// flow through it.</para>
/// </remarks>
public sealed class SiameseAugmentation : SampleTransform
{
    private const double Brightening = 1, Saturating = 2, Contrasting = 0.5;
    private readonly AugmentationGroup[] _groups;

    /// <summary>Creates an augmentation.</summary>
    /// <param name="groups">The groups to draw from; none leaves pictures as they are.</param>
    public SiameseAugmentation(IReadOnlyList<AugmentationGroup> groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        _groups = [.. groups];
    }

    /// <inheritdoc/>
    public override Tensor Transform(Tensor input, IReadOnlyList<RandomStream> streams)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(streams);
        return streams.Count == 0 ? input : Ops.Cat([.. streams.Select((random, k) => Draw(random)(input.Narrow(0, k, 1)))], 0);
    }

    /// <summary>Draws one change, which does the same to every picture that it is given.</summary>
    /// <param name="random">Where the draw comes from.</param>
    public Func<Tensor, Tensor> Draw(RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(random);
        if (_groups.Length == 0)
            return input => input;
        AugmentationGroup group = _groups[random.NextInt(_groups.Length)];
        (double a, double b, double c) = (random.NextDouble(), random.NextDouble(), random.NextDouble());
        return group switch
        {
            AugmentationGroup.Color => input => Contrast(Saturation(Brightness(input, a), b), c),
            AugmentationGroup.Crop => input => Crop(input, Offset(a, Margin(input.Size(2))), Offset(b, Margin(input.Size(3)))),
            AugmentationGroup.Cutout => input => Cutout(input, Start(a, input.Size(2)), Start(b, input.Size(3))),
            AugmentationGroup.Flip => input => a < 0.5 ? input.Flip(3) : input,
            AugmentationGroup.Scale => input => Scale(input, a, b),
            _ => input => Rotate(input, a),
        };
    }

    /// <summary>Adds draw − ½ to every element.</summary>
    public static Tensor Brightness(Tensor input, double draw) => Require(input) + ((draw - 0.5) * Brightening);

    /// <summary>Scales the distance from the mean over channels by twice the draw.</summary>
    public static Tensor Saturation(Tensor input, double draw)
    {
        Tensor mean = Require(input).Mean([1], keepDim: true);
        return ((input - mean) * (draw * Saturating)) + mean;
    }

    /// <summary>Scales the distance from a picture's mean by the draw plus ½.</summary>
    public static Tensor Contrast(Tensor input, double draw)
    {
        Tensor mean = Require(input).Mean([1, 2, 3], keepDim: true);
        return ((input - mean) * (draw + Contrasting)) + mean;
    }

    /// <summary>Moves the window by whole rows and columns: result[i, j] = input[i + rows, j + columns].</summary>
    public static Tensor Crop(Tensor input, int rows, int columns)
    {
        long height = Require(input).Size(2), width = input.Size(3);
        int y = Math.Abs(rows), x = Math.Abs(columns);
        return input.ConstantPadNd([x, x, y, y]).Narrow(2, y + rows, height).Narrow(3, x + columns, width);
    }

    /// <summary>Sets a square of half the picture's side to zero; what lies outside is cut off.</summary>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="row">The row of the square's middle.</param>
    /// <param name="column">The column of the square's middle.</param>
    public static Tensor Cutout(Tensor input, int row, int column)
    {
        int height = (int)Require(input).Size(2), width = (int)input.Size(3);
        (int top, int bottom) = Span(row, height);
        (int left, int right) = Span(column, width);
        var kept = new float[height * width];
        kept.AsSpan().Fill(1);
        for (int y = top; y <= bottom; y++)
            kept.AsSpan((y * width) + left, right - left + 1).Clear();
        return input * Tensor.From(kept, 1, 1, height, width).To(input.DType).To(input.Device);
    }

    /// <summary>Stretches or shrinks both axes by a factor from 1/1.2 to 1.2 of its own; a factor above 1 makes what is shown
    /// smaller.</summary>
    public static Tensor Scale(Tensor input, double columns, double rows)
    {
        const double largest = 1.2, least = 1 / largest;
        return Mapped(input, new AffineMap(least + columns * (largest - least), 0, 0, 0, least + rows * (largest - least), 0));
    }

    /// <summary>Turns pictures by −15 to 15 degrees, in units of half a picture on each axis.</summary>
    public static Tensor Rotate(Tensor input, double draw)
    {
        const double most = 15;
        double aspect = (double)Require(input).Size(2) / input.Size(3);
        AffineMap turn = AffineMap.Rotation(((2 * draw) - 1) * most);
        return Mapped(input, turn with { Xy = turn.Xy / aspect, Yx = turn.Yx * aspect });
    }

    private static Tensor Mapped(Tensor input, AffineMap map) =>
        Warp.Apply(Require(input), [.. Enumerable.Repeat(map, (int)input.Size(0))]);

    private static Tensor Require(Tensor input)
    {
        Shapes.RequireDimensions(input, 4);
        return input;
    }

    // An eighth of the side, rounded; half of it for the square that is cut out.
    private static int Margin(long side) => (int)((0.125 * side) + 0.5);

    private static int Hole(long side) => (int)((0.5 * side) + 0.5);

    private static int Offset(double draw, int margin) => (int)(draw * ((2 * margin) + 1)) - margin;

    private static int Start(double draw, long side) => (int)(draw * (side + 1 - (Hole(side) % 2)));

    private static (int First, int Last) Span(int middle, int side)
    {
        int first = middle - (Hole(side) / 2);
        return (Math.Clamp(first, 0, side - 1), Math.Clamp(first + Hole(side) - 1, 0, side - 1));
    }
}

/// <summary>What a recipe may write under <c>siamese-augmentation:</c>.</summary>
[Transform("siamese-augmentation")]
public sealed record SiameseAugmentationOptions : TransformOptions
{
    /// <summary>The groups of changes, one of which is drawn. Digits have no use for <c>flip</c>.</summary>
    [Shorthand]
    public IReadOnlyList<AugmentationGroup> Groups { get; init; } = Enum.GetValues<AugmentationGroup>();

    /// <inheritdoc/>
    public override bool OfNormalized => true;

    /// <inheritdoc/>
    public override IBatchTransform Create(int classes) => new SiameseAugmentation(Groups);
}

/// <summary>A kind of change of a picture.</summary>
public enum AugmentationGroup
{
    /// <summary>Brightness, then saturation, then contrast.</summary>
    Color,

    /// <summary>Moves the window by up to an eighth of its side.</summary>
    Crop,

    /// <summary>Blanks a square of half the side.</summary>
    Cutout,

    /// <summary>Mirrors, left to right.</summary>
    Flip,

    /// <summary>Stretches or shrinks each axis by up to a fifth.</summary>
    Scale,

    /// <summary>Turns by up to 15 degrees.</summary>
    Rotate,
}
