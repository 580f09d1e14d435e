using System.Globalization;
using System.Security.Cryptography;
using Retort.Data;
using Retort.Distillation;
using Retort.Runs;
using Retort.Torch;
using Retort.Torch.Serialization;

namespace Retort.Caching;

/// <summary>Asks a teacher about every sample and keeps its answers: safetensors files with an index of their hashes.</summary>
/// <remarks>The index is written after each file, so that a kill loses one file at most; what is asked again has the same
/// bits.</remarks>
public static class OutputCacheWriter
{
    private const int HashBuffer = 1 << 20;
    private const double Headers = 1.01;

    /// <summary>Fills a cache, as far as it is not filled.</summary>
    /// <exception cref="RunException">The folder holds something else, or a cache of another identity that must stay; the
    /// disk has too little room; or an answer cannot be kept.</exception>
    /// <exception cref="OperationCanceledException">It was stopped; what is done is in the index.</exception>
    public static void Write(CacheJob job, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(job);
        CacheIndex? found = RequireOurs(job);
        using var scope = new TensorScope();
        CacheIndex index = Describe(job);
        long row = CacheEncoding.RowBytes(index);
        index = index with { StepsPerFile = StepsPerFile(job, row) };
        Directory.CreateDirectory(job.Folder);
        if (found is not null && job.Continue && found.Identity == index.Identity && (job.Refuse || found.Build == index.Build))
            index = Continued(job, index, found);
        else
            Clear(job.Folder);
        RequireRoom(job, index, row);
        job.Estimated?.Invoke(row * index.Samples * index.Epochs);
        index.Write(job.Folder);
        int steps = index.StepsPerFile;
        for (int epoch = 0; epoch < index.Epochs; epoch++)
        {
            for (int first = 0; first < job.Loader.StepsPerEpoch; first += steps)
            {
                if (index.Has(epoch) || index.Shards.Any(s => s.Epoch == epoch && s.FirstStep == first))
                    continue;
                CacheShard shard = Ask(job, index, epoch, first, Math.Min(steps, job.Loader.StepsPerEpoch - first), cancellation);
                index = index with { Shards = [.. index.Shards, shard] };
                index.Write(job.Folder);
            }
        }
    }

    /// <summary>The hash of a file, in lower-case hexadecimal.</summary>
    internal static string HashOf(string path)
    {
        using var stream = new FileStream(
            path, FileMode.Open, FileAccess.Read, FileShare.Read, HashBuffer, FileOptions.SequentialScan);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static int StepsPerFile(CacheJob job, long row)
    {
        int steps = job.Loader.StepsPerEpoch;
        long batch = row * ((job.Loader.Data.Count + steps - 1) / steps);
        return (int)Math.Clamp(job.FileBytes / batch, 1, steps);
    }

    // Where batches or files are of another size, an epoch is of use only as a whole.
    private static CacheIndex Continued(CacheJob job, CacheIndex index, CacheIndex found)
    {
        bool sameFiles = found.StepsPerEpoch == index.StepsPerEpoch && found.StepsPerFile == index.StepsPerFile;
        CacheShard[] whole = [.. found.Shards.Where(s => IsWhole(job.Folder, s))];
        return index with
        {
            // A shared cache never shrinks: another run may need what this one does not.
            Epochs = job.Refuse ? Math.Max(index.Epochs, found.Epochs) : index.Epochs,
            Shards =
            [
                .. whole.Where(s => (job.Refuse || s.Epoch < index.Epochs)
                    && (sameFiles || whole.Where(o => o.Epoch == s.Epoch).Sum(o => (long)o.Rows) == index.Samples)),
            ],
        };
    }

    // A first batch compiles the teacher, the same one wherever an interruption left off, and shows the shapes.
    private static CacheIndex Describe(CacheJob job)
    {
        using GradMode off = Autograd.NoGrad();
        using var scope = new TensorScope();
        RoleSignals answer = job.Teacher.Run(job.Loader.Epoch(0).First().To(job.Device));
        CacheEncoding.Encode(answer, job.Contents);
        Tensor[] kept = [answer.Output, .. job.Contents.Taps.Select(answer.Tap)];
        return new CacheIndex
        {
            Identity = job.Identity,
            Build = $"{BuildInfo.CodeVersion} libtorch {Engine.Version} {job.Device} "
                + $"{Engine.Threads.ToString(CultureInfo.InvariantCulture)} threads",
            Half = job.Contents.Half,
            TopK = job.Contents.TopK,
            Taps = [.. job.Contents.Taps.Select(t => t.ToString())],
            Shapes = [.. kept.Select(t => t.Shape[1..])],
            Augmented = job.Seed is not null,
            Seed = job.Seed ?? 0,
            Epochs = job.Epochs,
            Samples = job.Loader.Data.Count,
            StepsPerEpoch = job.Loader.StepsPerEpoch,
            StepsPerFile = job.Loader.StepsPerEpoch,
            Shards = [],
        };
    }

    private static CacheIndex? RequireOurs(CacheJob job)
    {
        if (File.Exists(job.Folder))
            throw new RunException($"'{job.Folder}' is a file, where the folder of a cache is to be.", isInputWrong: true);
        CacheIndex? found = CacheIndex.Find(job.Folder);
        if (found is null && job.Refuse && Directory.Exists(job.Folder) && Directory.EnumerateFileSystemEntries(job.Folder).Any())
            throw new RunException(
                $"'{job.Folder}' holds files but no cache; choose an empty or a new folder.", isInputWrong: true);
        if (found is not null && job.Refuse
            && job.Identity.Difference(found.Identity, "in the recipe", "in the cache") is { } difference)
        {
            throw new RunException(
                $"the cache in '{job.Folder}' is of something else: {difference}. Name another `folder:`, or delete that one.",
                isInputWrong: true);
        }

        return found;
    }

    private static bool IsWhole(string folder, CacheShard shard)
    {
        var file = new FileInfo(Path.Combine(folder, shard.File));
        return file.Exists && file.Length == shard.Bytes && HashOf(file.FullName) == shard.Sha256;
    }

    // The stage's own folder may hold more than the cache; only what a cache writes goes.
    private static void Clear(string folder)
    {
        File.Delete(Path.Combine(folder, CacheIndex.FileName));
        foreach (string file in Directory.EnumerateFiles(folder, "epoch-*.safetensors*"))
            File.Delete(file);
    }

    private static void RequireRoom(CacheJob job, CacheIndex index, long row)
    {
        long needed = (long)(Headers * row * ((long)index.Samples * index.Epochs - index.Shards.Sum(s => (long)s.Rows)));
        long free = new DriveInfo(Path.GetFullPath(job.Folder)).AvailableFreeSpace;
        if (needed > free)
        {
            throw new RunException(
                $"the cache needs {Megabytes(needed)} more, and '{job.Folder}' has {Megabytes(free)} free. Keep less "
                    + $"(`precision: float16`, `top_k`, "
                + "fewer `taps` or `epochs`), or name a `folder:` on another disk.", isInputWrong: true);
        }
    }

    private static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:N1} MiB");

    private static CacheShard Ask(CacheJob job, CacheIndex index, int epoch, int first, int steps, CancellationToken cancellation)
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        var parts = new Dictionary<string, List<Tensor>>();
        using IEnumerator<Batch> batches = job.Loader.Epoch(epoch, first, cancellation).GetEnumerator();
        for (int step = 0; step < steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var inner = new TensorScope();
            if (!batches.MoveNext())
                break;
            Dictionary<string, Tensor> kept = CacheEncoding.Encode(job.Teacher.Run(batches.Current.To(job.Device)), job.Contents);
            kept[CacheEncoding.IdsName] = batches.Current.Index;
            foreach ((string name, Tensor tensor) in kept)
            {
                if (!parts.TryGetValue(name, out List<Tensor>? list))
                    parts[name] = list = [];
                list.Add(inner.Keep(tensor.Clone()));
            }

            job.Progressed?.Invoke(
                ((long)epoch * job.Loader.StepsPerEpoch) + first + step + 1, (long)index.Epochs * job.Loader.StepsPerEpoch);
        }

        string file = string.Create(CultureInfo.InvariantCulture, $"epoch-{epoch}-{first:D6}.safetensors");
        string path = Path.Combine(job.Folder, file);
        Tensor ids = Ops.Cat([.. parts[CacheEncoding.IdsName]], 0);
        SafeTensors.Write(path, CacheEncoding.Layout(index).Select(t => new KeyValuePair<string, Tensor>(
            t.Name, t.Name == CacheEncoding.IdsName ? ids : Ops.Cat([.. parts[t.Name]], 0))));
        return new CacheShard(file, epoch, first, (int)ids.Size(0), new FileInfo(path).Length, HashOf(path));
    }
}
