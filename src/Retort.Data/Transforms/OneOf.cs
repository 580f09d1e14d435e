namespace Retort.Data.Transforms;

/// <summary>Applies one of several transforms, drawn for each batch: mixup or CutMix, for instance.</summary>
public sealed class OneOf : IBatchTransform
{
    private readonly IReadOnlyList<IBatchTransform> _choices;

    /// <summary>Creates the transform.</summary>
    /// <exception cref="ArgumentException">There is nothing to choose from.</exception>
    public OneOf(IReadOnlyList<IBatchTransform> choices)
    {
        ArgumentNullException.ThrowIfNull(choices);
        if (choices.Count == 0)
            throw new ArgumentException("one_of has no transforms to choose from.", nameof(choices));
        _choices = choices;
    }

    /// <inheritdoc/>
    public bool DependsOnBatch => true;

    /// <inheritdoc/>
    public Batch Apply(Batch batch, in TransformMoment at)
    {
        ArgumentNullException.ThrowIfNull(batch);
        long[] ids = batch.Index.ToArray<long>();
        if (ids.Length == 0)
            return batch;

        // A seed of its own: the chosen transform draws from the same moment.
        int choice = RandomStream.Derive(at.StreamOf(ids[0]).NextUInt64(), 0x0E0F).NextInt(_choices.Count);
        return _choices[choice].Apply(batch, at);
    }
}

/// <summary>What a recipe may write under <c>one_of:</c>.</summary>
[Transform("one-of")]
public sealed record OneOfOptions : TransformOptions
{
    /// <summary>The transforms of which each batch gets one, all equally likely.</summary>
    [Shorthand]
    public IReadOnlyList<TransformOptions> Of { get; init; } = [];

    /// <inheritdoc/>
    public override IBatchTransform Create(int classes) => new OneOf([.. Of.Select(choice => choice.Create(classes))]);
}
