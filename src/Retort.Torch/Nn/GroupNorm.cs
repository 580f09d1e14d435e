namespace Retort.Torch.Nn;

/// <summary>Normalises each sample over groups of channels and all positions, then scales and shifts a channel.</summary>
/// <remarks>
/// <para>[N, C, …] → same shape. Wu and He, arXiv:1803.08494. The same in training and evaluation.</para>
/// <para>Parameters: <c>weight</c> (ones) and <c>bias</c> (zeros), [C].</para>
/// </remarks>
public sealed class GroupNorm : Module
{
    private readonly long _groups;
    private readonly double _epsilon;

    /// <summary>Creates the layer.</summary>
    /// <exception cref="ArgumentException">A number is below 1, or groups does not divide channels.</exception>
    public GroupNorm(long groups, long channels, double epsilon = 1e-5, bool affine = true)
    {
        _groups = Check.AtLeastOne(groups);
        Check.AtLeastOne(channels);
        Check.Divides(groups, channels, nameof(groups), nameof(channels));
        _epsilon = epsilon;
        if (!affine)
            return;
        Weight = Parameter("weight", Tensor.Ones(channels));
        Bias = Parameter("bias", Tensor.Zeros(channels));
    }

    /// <summary>The scale, [C], or null without one.</summary>
    public Parameter? Weight { get; }

    /// <summary>The shift, [C], or null without one.</summary>
    public Parameter? Bias { get; }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) => Ops.GroupNorm(input, _groups, Weight?.Value, Bias?.Value, _epsilon);
}
