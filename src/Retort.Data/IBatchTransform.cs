namespace Retort.Data;

/// <summary>Changes a batch, such as an augmentation.</summary>
/// <remarks>
/// The randomness for a sample depends on nothing but the moment's seed and epoch, the transform's place in the list, and the
/// sample's id: whatever batch the sample is in, and however often it is asked for, it looks the same.
/// </remarks>
public interface IBatchTransform
{
    /// <summary>Gives the changed batch; the tensors of the one given stay as they are.</summary>
    public Batch Apply(Batch batch, in TransformMoment at);
}

/// <summary>Which look at the samples a transform is asked for.</summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Epoch">The pass over the data.</param>
/// <param name="Place">The transform's place in its list, so that two of a kind differ.</param>
/// <param name="View">Which of several views of the same sample.</param>
public readonly record struct TransformMoment(ulong Seed, long Epoch, int Place, int View = 0)
{
    /// <summary>The randomness of one sample.</summary>
    public RandomStream StreamOf(long sampleId) =>
        RandomStream.Derive(Seed, (ulong)Epoch, (ulong)Place, (ulong)View, unchecked((ulong)sampleId));
}
