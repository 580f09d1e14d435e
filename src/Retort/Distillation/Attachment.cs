using Retort.Data;
using Retort.Torch;

namespace Retort.Distillation;

/// <summary>What a criterion may hold on to for a whole training: the roles' networks and the samples they are trained
/// on.</summary>
/// <remarks>Tensors from inside a network still come from taps; a role is here for what is no tensor of a step, such as a
/// teacher's classifier, which reads another feature, or the scale of its batch-norms.</remarks>
public sealed record Attachment
{
    /// <summary>The role that is trained.</summary>
    public required Role Student { get; init; }

    /// <summary>Frozen teachers in the recipe's order, then the peers that are trained beside the student.</summary>
    public IReadOnlyList<Role> Teachers { get; init; } = [];

    /// <summary>The training samples; their ids are what <see cref="Batch.Index"/> holds. Null where there are none to
    /// count.</summary>
    public Dataset? Data { get; init; }

    /// <summary>What every sample goes through that is not augmentation, such as normalisation.</summary>
    public IReadOnlyList<IBatchTransform> Transforms { get; init; } = [];

    /// <summary>Where the networks are.</summary>
    public Device Device { get; init; } = Device.Cpu;

    /// <summary>The only teacher, or the first of several.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public Role Teacher => Teachers.Count > 0
        ? Teachers[0]
        : throw new ArgumentException("a teacher's network is needed, and there is none.");

    /// <summary>The training samples, where a criterion cannot do without.</summary>
    /// <exception cref="ArgumentException">They are not known.</exception>
    public Dataset Samples =>
        Data ?? throw new ArgumentException("the training samples are needed, and they are not known here.");

    /// <summary>One more than the largest id of a sample: the rows of a store that is keyed by <see
    /// cref="Batch.Index"/>.</summary>
    public long IdBound => Samples.Ids.Count == 0 ? 0 : Samples.Ids.Max() + 1;

    /// <summary>Whether this is a look at whether things fit: one batch then stands for all samples.</summary>
    internal bool IsTrial { get; init; }

    /// <summary>Every training sample once, in the set's order and not augmented, on the networks' device.</summary>
    /// <param name="batchSize">Samples in a batch.</param>
    /// <remarks>Each batch belongs to a scope that ends when the next one is asked for: keep what is computed from it.</remarks>
    /// <exception cref="ArgumentException">The training samples are not known.</exception>
    public IEnumerable<Batch> PlainBatches(int batchSize = 256)
    {
        var options = new LoaderOptions { BatchSize = batchSize, Transforms = Transforms };
        using IEnumerator<Batch> batches = new Loader(Samples, options)
            .Epoch(0).GetEnumerator();
        while (true)
        {
            using var scope = new TensorScope();
            if (!batches.MoveNext())
                yield break;
            yield return batches.Current.To(Device);
            if (IsTrial)
                yield break;
        }
    }

    /// <summary>The same with the teachers that a criterion sees, where it names one.</summary>
    internal Attachment For(Criterion criterion) => criterion.Options.From is { } name
        ? this with { Teachers = [.. Teachers.Where(t => t.Name == name)] }
        : this;
}
