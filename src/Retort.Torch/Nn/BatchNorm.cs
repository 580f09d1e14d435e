namespace Retort.Torch.Nn;

/// <summary>What the batch normalisations share: affine parameters, running statistics, PyTorch's rules for both modes.</summary>
/// <remarks>
/// <para>Training normalises by the batch's mean and biased variance and moves the running statistics (unbiased variance)
/// towards them; evaluation uses the running statistics, or the batch's where none are tracked.</para>
/// <para>Parameters <c>weight</c>, <c>bias</c> [C]; buffers <c>running_mean</c>, <c>running_var</c> [C],
/// <c>num_batches_tracked</c> (int64 scalar).</para>
/// </remarks>
public abstract class BatchNorm : Module
{
    private readonly int _least;
    private readonly int _most;

    private protected BatchNorm(long channels, int least, int most, BatchNormOptions options)
    {
        (_least, _most) = (least, most);
        Channels = Check.AtLeastOne(channels);
        Epsilon = options.Epsilon;
        Momentum = options.Momentum;
        if (options.Affine)
        {
            Weight = Parameter("weight", Tensor.Ones(channels));
            Bias = Parameter("bias", Tensor.Zeros(channels));
        }
        if (options.TrackRunningStats)
        {
            RunningMean = Buffer("running_mean", Tensor.Zeros(channels));
            RunningVariance = Buffer("running_var", Tensor.Ones(channels));
            BatchesTracked = Buffer("num_batches_tracked", Tensor.Zeros(DType.Int64));
        }
    }

    /// <summary>Channels, the size of dimension 1.</summary>
    public long Channels { get; }

    /// <summary>What is added to the variance.</summary>
    public double Epsilon { get; }

    /// <summary>Weight of a new batch in the running statistics; null averages over all batches equally.</summary>
    public double? Momentum { get; set; }

    /// <summary>The scale γ, [C], or null without affine parameters.</summary>
    public Parameter? Weight { get; }

    /// <summary>The shift β, [C], or null without affine parameters.</summary>
    public Parameter? Bias { get; }

    /// <summary>The running mean, [C], or null where none is tracked.</summary>
    public Buffer? RunningMean { get; }

    /// <summary>The running unbiased variance, [C], or null where none is tracked.</summary>
    public Buffer? RunningVariance { get; }

    /// <summary>How many batches went into the running statistics, or null where none are tracked.</summary>
    public Buffer? BatchesTracked { get; }

    private string Expected => _least == _most ? $"{_least}" : $"{_least} or {_most}";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input)
    {
        if (input.Dimensions < _least || input.Dimensions > _most)
            throw new ShapeException(
                $"'input' [{string.Join(", ", input.Shape)}] of {GetType().Name} must have {Expected} dimensions.");
        bool tracking = Training && RunningMean is not null;
        double factor = Momentum ?? 0;
        if (tracking)
        {
            using GradMode off = Autograd.NoGrad();
            BatchesTracked!.Value.AddInPlace(1);
            if (Momentum is null)
                factor = 1.0 / BatchesTracked!.Value.ToInt64();
        }
        return Ops.BatchNorm(
            input, Weight?.Value, Bias?.Value, RunningMean?.Value, RunningVariance?.Value,
            training: Training || RunningMean is null, factor, Epsilon, cudnnEnabled: true);
    }
}

/// <summary>What a batch normalisation may choose; the defaults are PyTorch's.</summary>
public sealed record BatchNormOptions
{
    /// <summary>What is added to the variance.</summary>
    public double Epsilon { get; init; } = 1e-5;

    /// <summary>Weight of a new batch in the running statistics; null averages over all batches equally.</summary>
    public double? Momentum { get; init; } = 0.1;

    /// <summary>Whether there are a scale and a shift.</summary>
    public bool Affine { get; init; } = true;

    /// <summary>Whether running statistics are kept for evaluation.</summary>
    public bool TrackRunningStats { get; init; } = true;
}
