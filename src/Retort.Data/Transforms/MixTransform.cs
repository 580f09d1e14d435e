using Retort.Torch;

namespace Retort.Data.Transforms;

/// <summary>A transform that makes each sample of two, and soft targets of their labels.</summary>
/// <remarks>Samples are paired within a batch, so a sample looks the same again only in the same batch.</remarks>
public abstract class MixTransform : IBatchTransform
{
    private readonly int _classes;
    private readonly double _probability;

    private protected MixTransform(int classes, double probability)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        _classes = classes;
        _probability = probability;
    }

    /// <inheritdoc/>
    public bool DependsOnBatch => true;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A sample has no label to mix.</exception>
    public Batch Apply(Batch batch, in TransformMoment at)
    {
        ArgumentNullException.ThrowIfNull(batch);
        long[] ids = batch.Index.ToArray<long>();
        if (ids.Length == 0)
            return batch;
        RandomStream random = at.StreamOf(ids[0]);
        if (!random.NextBoolean(_probability))
            return batch;
        long[] partners = Array.ConvertAll(random.Permutation(ids.Length), place => (long)place);

        using var scope = new TensorScope();
        Tensor targets = batch.Targets ?? OneHot(batch.Labels);
        Tensor partner = Tensor.From(partners).To(batch.Input.Device);
        (Tensor input, double share) = Mix(batch.Input, batch.Input.IndexSelect(0, partner), random);
        Tensor mixed = (targets * share) + (targets.IndexSelect(0, partner.To(targets.Device)) * (1 - share));
        return batch.With(scope.Keep(input), scope.Keep(mixed));
    }

    /// <summary>Mixes pictures with their partners.</summary>
    /// <returns>The mixed input, and the share of it that is the sample's own.</returns>
    private protected abstract (Tensor Input, double Share) Mix(Tensor input, Tensor partners, RandomStream random);

    private Tensor OneHot(Tensor labels)
    {
        long[] classes = labels.ToArray<long>();
        var targets = new float[classes.Length * _classes];
        for (int k = 0; k < classes.Length; k++)
        {
            if (classes[k] < 0 || classes[k] >= _classes)
            {
                throw new ArgumentException(
                    $"sample {k} of the batch has label {classes[k]}; mixing needs labels of 0 to {_classes - 1}.",
                    nameof(labels));
            }
            targets[(k * _classes) + classes[k]] = 1;
        }
        return Tensor.From(targets, classes.Length, _classes).To(labels.Device);
    }
}
