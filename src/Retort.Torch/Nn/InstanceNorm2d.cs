namespace Retort.Torch.Nn;

/// <summary>Normalises each channel of each image over its positions.</summary>
/// <remarks>
/// <para>[N, C, H, W] → same shape. Ulyanov et al., arXiv:1607.08022.</para>
/// <para>With PyTorch's defaults it has no parameters and no buffers; statistics are tracked only where that is asked for, and
/// are then used in evaluation.</para>
/// </remarks>
public sealed class InstanceNorm2d : Module
{
    private readonly BatchNormOptions _options;

    /// <summary>Creates the layer; without options it is neither affine nor tracking, as in PyTorch.</summary>
    public InstanceNorm2d(long channels, BatchNormOptions? options = null)
    {
        Check.AtLeastOne(channels);
        _options = options ?? new BatchNormOptions { Affine = false, TrackRunningStats = false };
        if (_options.Affine)
        {
            Weight = Parameter("weight", Tensor.Ones(channels));
            Bias = Parameter("bias", Tensor.Zeros(channels));
        }
        if (_options.TrackRunningStats)
        {
            RunningMean = Buffer("running_mean", Tensor.Zeros(channels));
            RunningVariance = Buffer("running_var", Tensor.Ones(channels));
            // PyTorch stores the count and never moves it for instance norms; checkpoints carry it all the same.
            Buffer("num_batches_tracked", Tensor.Zeros(DType.Int64));
        }
    }

    /// <summary>The scale, [C], or null without one.</summary>
    public Parameter? Weight { get; }

    /// <summary>The shift, [C], or null without one.</summary>
    public Parameter? Bias { get; }

    /// <summary>The running mean, [C], or null where none is tracked.</summary>
    public Buffer? RunningMean { get; }

    /// <summary>The running variance, [C], or null where none is tracked.</summary>
    public Buffer? RunningVariance { get; }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input)
    {
        if (input.Dimensions != 4)
            throw new ShapeException($"'input' [{string.Join(", ", input.Shape)}] of InstanceNorm2d must have 4 dimensions.");
        return Ops.InstanceNorm(
            input, Weight?.Value, Bias?.Value, RunningMean?.Value, RunningVariance?.Value,
            useInputStats: Training || RunningMean is null, _options.Momentum ?? 0, _options.Epsilon, cudnnEnabled: true);
    }
}
