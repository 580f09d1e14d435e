using Retort.Data;
using Retort.Torch;

namespace Retort.Distillation;

/// <summary>A frozen teacher's outputs for every training sample, computed once: right where samples look the same each
/// epoch.</summary>
/// <remarks>
/// The outputs are computed in the data's own order with batches of one size, so that they have the same bits however often a
/// training is interrupted and resumed.
/// </remarks>
public sealed class RememberedTeacher : ITeacher
{
    /// <summary>Samples that the teacher is asked about at a time.</summary>
    internal const int BatchSize = 256;

    private readonly Tensor _outputs;
    private readonly Dictionary<long, long> _rows;

    private RememberedTeacher(string name, Tensor outputs, Dictionary<long, long> rows)
    {
        Name = name;
        _outputs = outputs;
        _rows = rows;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>Asks a teacher about every sample of a set.</summary>
    /// <param name="teacher">The network; nothing inside it is tapped.</param>
    /// <param name="data">The training samples.</param>
    /// <param name="transforms">What training does to every batch; it must not depend on the epoch.</param>
    /// <param name="device">Where the network is, and where the outputs stay.</param>
    public static RememberedTeacher Of(Role teacher, Dataset data, IReadOnlyList<IBatchTransform> transforms, Device device)
    {
        ArgumentNullException.ThrowIfNull(teacher);
        ArgumentNullException.ThrowIfNull(data);
        using var scope = new TensorScope();
        using var frozen = new FrozenTeacher(teacher, []);
        var parts = new List<Tensor>();
        var loader = new Loader(data, new LoaderOptions { BatchSize = BatchSize, Transforms = transforms });
        using IEnumerator<Batch> batches = loader.Epoch(0).GetEnumerator();
        while (true)
        {
            using var inner = new TensorScope();
            if (!batches.MoveNext())
                break;
            parts.Add(inner.Keep(frozen.Run(batches.Current.To(device)).Output.Contiguous()));
        }

        return Of(teacher.Name, Ops.Cat(parts.ToArray(), 0), data);
    }

    /// <summary>Answers that were made elsewhere, such as an ensemble's, in a teacher's place.</summary>
    /// <param name="name">What criteria call the teacher.</param>
    /// <param name="outputs">A row for each sample of the set, in its order, [M, …].</param>
    /// <param name="data">The training samples.</param>
    /// <exception cref="ArgumentException">There is not one row a sample.</exception>
    public static RememberedTeacher Of(string name, Tensor outputs, Dataset data)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        ArgumentNullException.ThrowIfNull(data);
        if (outputs.Size(0) != data.Count)
        {
            throw new ArgumentException(
                $"'outputs' {Shapes.Text(outputs)} must have a row for each of {data.Count} samples.", nameof(outputs));
        }

        var rows = new Dictionary<long, long>(data.Count);
        for (int place = 0; place < data.Count; place++)
            rows[data.Ids[place]] = place;
        return new RememberedTeacher(name, outputs.Detach().Clone().Persist(), rows);
    }

    /// <summary>Gives each sample of a drawn share the answer to the next one of the share, for good: a teacher that is wrong
    /// about them.</summary>
    /// <param name="share">At least 0, at most 1.</param>
    /// <param name="seed">Decides which samples these are.</param>
    public void Mismatch(double share, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(share);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(share, 1);
        long[] ids = [.. _rows.Keys.Order()];
        int[] order = new RandomStream(seed).Permutation(ids.Length);
        long[] drawn = [.. order.Take((int)Math.Round(share * ids.Length)).Select(k => ids[k])];
        long[] rows = Array.ConvertAll(drawn, id => _rows[id]);
        for (int k = 0; k < drawn.Length; k++)
            _rows[drawn[k]] = rows[(k + 1) % rows.Length];
    }

    /// <inheritdoc/>
    public RoleSignals Run(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using GradMode off = Autograd.NoGrad();
        long[] rows = Array.ConvertAll(batch.Index.ToArray<long>(), id => _rows[id]);
        return new RoleSignals(Name, _outputs.IndexSelect(0, Tensor.From(rows).To(_outputs.Device)));
    }

    /// <summary>Frees the outputs.</summary>
    public void Dispose() => _outputs.Dispose();
}
