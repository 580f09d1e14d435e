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

    /// <summary>Whether the samples that lie in the same batch matter after all: partners to mix with, a draw for the batch as a
    /// whole. A sample then looks the same again only in the same batch.</summary>
    public bool DependsOnBatch => false;
}
