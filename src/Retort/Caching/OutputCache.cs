using Retort.Distillation;
using Retort.Runs;
using Retort.Torch;
using Retort.Torch.Serialization;

namespace Retort.Caching;

/// <summary>A teacher's answers on disk: mapped files, of which a step reads the rows of its samples.</summary>
/// <remarks>The files of one epoch are open at a time. They must not be shortened in place while they are.</remarks>
public sealed class OutputCache : IDisposable
{
    // Up to here all hashes are compared when the cache is opened; above, each file's when it is first read.
    private const long MostCheckedAtOnce = 2L << 30;

    private readonly string _folder;
    private readonly HashSet<string> _checked = [];
    private readonly List<IReadOnlyDictionary<string, Tensor>> _open = [];
    private Dictionary<long, (int File, int Row)> _rows = [];
    private int _epoch = -1;

    private OutputCache(string folder, CacheIndex index)
    {
        _folder = folder;
        Index = index;
    }

    /// <summary>What the answers depend on.</summary>
    public CacheIdentity Identity => Index.Identity;

    /// <summary>What is kept of each.</summary>
    public CacheContents Contents => Index.Contents;

    /// <summary>How many epochs' augmentation the teacher saw.</summary>
    public int Epochs => Index.Epochs;

    /// <summary>How many samples an epoch has.</summary>
    public int Samples => Index.Samples;

    /// <summary>The seed of the augmentation; null where nothing was augmented, so that every epoch's answers are the
    /// same.</summary>
    public ulong? Seed => Index.Augmented ? Index.Seed : null;

    internal CacheIndex Index { get; }

    /// <summary>Opens a finished cache; sizes of all files are compared with the index, and hashes, at the latest when a file is
    /// first read.</summary>
    /// <exception cref="RunException">It is no cache, or not finished, or a file is missing or damaged; the message names
    /// it.</exception>
    public static OutputCache Open(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        CacheIndex index = CacheIndex.Find(folder)
            ?? throw new RunException($"'{folder}' is no cache: it has no {CacheIndex.FileName}.", isInputWrong: true);
        if (!index.IsComplete)
            throw new RunException($"the cache in '{folder}' is not finished.", isInputWrong: true);
        var cache = new OutputCache(folder, index);
        foreach (CacheShard shard in index.Shards)
        {
            var file = new FileInfo(Path.Combine(folder, shard.File));
            if (!file.Exists)
                throw Damaged(file.FullName, "it is not there");
            if (file.Length != shard.Bytes)
                throw Damaged(file.FullName, $"it has {file.Length} bytes, and the index says {shard.Bytes}");
        }

        if (index.Shards.Sum(s => s.Bytes) <= MostCheckedAtOnce)
        {
            foreach (CacheShard shard in index.Shards)
                cache.Check(shard);
        }

        return cache;
    }

    /// <summary>Whether an epoch has a sample's answer.</summary>
    /// <param name="id">The sample's id.</param>
    /// <param name="epoch">The epoch, from 0.</param>
    public bool Has(long id, int epoch = 0)
    {
        OpenEpoch(epoch);
        return _rows.ContainsKey(id);
    }

    /// <summary>The answers to samples as they look in an epoch, in the order asked, without a gradient.</summary>
    /// <param name="name">What criteria call the teacher.</param>
    /// <param name="epoch">The epoch whose augmentation they show; of no meaning where nothing was augmented.</param>
    /// <param name="ids">The samples' ids.</param>
    /// <param name="device">Where the answers are wanted.</param>
    /// <exception cref="RunException">The teacher was not asked about a sample in that epoch, or a file is damaged.</exception>
    public RoleSignals Answers(string name, long epoch, ReadOnlySpan<long> ids, Device device)
    {
        if (Seed is not null && epoch >= Epochs)
        {
            throw new RunException(
                $"'{name}' holds the answers of {Epochs} epochs, and those of epoch {epoch} are asked for; `augment_epochs: "
                    + $"{Epochs}` shows the same again.",
                isInputWrong: true);
        }

        OpenEpoch(Seed is null ? 0 : (int)epoch);
        var byFile = new SortedDictionary<int, (List<long> Rows, List<int> Places)>();
        for (int k = 0; k < ids.Length; k++)
        {
            if (!_rows.TryGetValue(ids[k], out (int File, int Row) at))
                throw new RunException(
                    $"'{name}' holds no answer for sample {ids[k]} in epoch {_epoch}: it was asked about other samples.",
                    isInputWrong: true);
            if (!byFile.TryGetValue(at.File, out (List<long> Rows, List<int> Places) group))
                byFile[at.File] = group = ([], []);
            group.Rows.Add(at.Row);
            group.Places.Add(k);
        }

        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        Tensor[] rows = [.. byFile.Values.Select(g => Tensor.From(g.Rows.ToArray()))];
        Tensor? order = byFile.Count == 1 ? null : Inverse([.. byFile.Values.SelectMany(g => g.Places)]);
        var kept = new Dictionary<string, Tensor>();
        foreach ((string tensor, _, _) in CacheEncoding.Layout(Index).Where(t => t.Name != CacheEncoding.IdsName))
        {
            Tensor[] parts = [.. byFile.Keys.Select((file, k) => _open[file][tensor].IndexSelect(0, rows[k]))];
            kept[tensor] = order is null ? parts[0] : Ops.Cat(parts, 0).IndexSelect(0, order);
        }

        RoleSignals answer = CacheEncoding.Decode(name, kept, Index, device);
        scope.Keep([answer.Output, .. Index.Contents.Taps.Select(answer.Tap)]);
        return answer;
    }

    /// <summary>Closes the files.</summary>
    public void Dispose() => Close();

    private static RunException Damaged(string file, string problem) => new(
        $"the cache file '{file}' is damaged: {problem}. Delete the cache stage's folder (and a shared cache's own), and the "
        + "teacher is asked again.", isInputWrong: true);

    // places[k] says where row k goes; what is wanted is which row goes to a place.
    private static Tensor Inverse(int[] places)
    {
        var order = new long[places.Length];
        for (int k = 0; k < places.Length; k++)
            order[places[k]] = k;
        return Tensor.From(order);
    }

    private void OpenEpoch(int epoch)
    {
        if (epoch == _epoch)
            return;
        Close();
        var rows = new Dictionary<long, (int, int)>(Samples);
        foreach (CacheShard shard in Index.Shards.Where(s => s.Epoch == epoch))
        {
            Check(shard);
            IReadOnlyDictionary<string, Tensor> tensors = Read(shard);
            long[] ids = tensors[CacheEncoding.IdsName].ToArray<long>();
            for (int row = 0; row < ids.Length; row++)
                rows[ids[row]] = (_open.Count, row);
            _open.Add(tensors);
        }

        _rows = rows;
        _epoch = epoch;
    }

    private IReadOnlyDictionary<string, Tensor> Read(CacheShard shard)
    {
        string path = Path.Combine(_folder, shard.File);
        using var scope = new TensorScope();
        IReadOnlyDictionary<string, Tensor> tensors;
        try
        {
            tensors = SafeTensors.Read(path);
        }
        catch (SafeTensorsException e)
        {
            throw Damaged(path, e.Message);
        }

        foreach ((string name, DType type, long[] row) in CacheEncoding.Layout(Index))
        {
            if (!tensors.TryGetValue(name, out Tensor? tensor) || tensor.DType != type
                || !tensor.Shape.AsSpan().SequenceEqual([shard.Rows, .. row]))
                throw Damaged(path, $"its tensor '{name}' is not what the index says");
        }

        if (!CacheEncoding.ClassesAreRight(tensors, Index))
            throw Damaged(path, "it names classes that the output does not have");
        foreach (Tensor tensor in tensors.Values)
            tensor.Persist();
        return tensors;
    }

    private void Check(CacheShard shard)
    {
        if (!_checked.Add(shard.File))
            return;
        string path = Path.Combine(_folder, shard.File);
        string found = OutputCacheWriter.HashOf(path);
        if (found != shard.Sha256)
            throw Damaged(path, $"its content has the hash {found[..12]}…, and the index says "
                + $"{shard.Sha256[..Math.Min(12, shard.Sha256.Length)]}…");
    }

    private void Close()
    {
        foreach (Tensor tensor in _open.SelectMany(o => o.Values))
            tensor.Dispose();
        _open.Clear();
        _epoch = -1;
    }
}
