using Retort.Data;
using Retort.Distillation;
using Retort.Torch;

namespace Retort.Caching;

/// <summary>What a teacher is asked, and where its answers go.</summary>
public sealed record CacheJob
{
    /// <summary>The cache's folder; made if need be.</summary>
    public required string Folder { get; init; }

    /// <summary>What the answers depend on.</summary>
    public required CacheIdentity Identity { get; init; }

    /// <summary>What is kept.</summary>
    public required CacheContents Contents { get; init; }

    /// <summary>The teacher, tapped wherever the contents say.</summary>
    public required ITeacher Teacher { get; init; }

    /// <summary>The samples, each once an epoch.</summary>
    public required Loader Loader { get; init; }

    /// <summary>How many epochs of the loader the teacher sees; 1 where all look the same.</summary>
    public int Epochs { get; init; } = 1;

    /// <summary>The seed of the loader's augmentation; null where nothing is augmented, so that one epoch serves all.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Where the teacher computes.</summary>
    public Device Device { get; init; } = Device.Cpu;

    /// <summary>Whether files of an unfinished or smaller cache of the same identity are kept; otherwise it starts
    /// afresh.</summary>
    public bool Continue { get; init; }

    /// <summary>Whether a cache of another identity in the folder is refused rather than replaced.</summary>
    public bool Refuse { get; init; }

    /// <summary>Bytes of a file at which the next one begins. A file is the unit that an interruption loses.</summary>
    public long FileBytes { get; init; } = 64L << 20;

    /// <summary>Told before the first batch how many bytes the cache will have in all.</summary>
    public Action<long>? Estimated { get; init; }

    /// <summary>Told after each batch how many of how many are done, over all epochs.</summary>
    public Action<long, long>? Progressed { get; init; }
}
