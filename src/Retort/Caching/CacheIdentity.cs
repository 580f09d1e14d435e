namespace Retort.Caching;

/// <summary>What a cache's answers depend on: two caches with one identity hold the same answers.</summary>
/// <remarks>All are texts that differ wherever the thing itself does, so that they can be compared and shown.</remarks>
public sealed record CacheIdentity
{
    /// <summary>The teacher's architecture and options.</summary>
    public required string Teacher { get; init; }

    /// <summary>SHA-256 of the teacher's weights.</summary>
    public required string Weights { get; init; }

    /// <summary>The training samples: the set's name, split and fingerprint.</summary>
    public required string Data { get; init; }

    /// <summary>What is done to a sample before the teacher sees it: augmentation and normalisation.</summary>
    public required string Preparation { get; init; }

    /// <summary>The seed of the augmentation; <c>none</c> where nothing is augmented.</summary>
    public required string Seed { get; init; }

    /// <summary>The batches, where how a sample looks depends on the others of its batch; else <c>any</c>.</summary>
    public required string Batches { get; init; }

    /// <summary>What is kept of each answer.</summary>
    public required string Contents { get; init; }

    /// <summary>The parts in which another identity differs: what it is, how it is here, and how it is there.</summary>
    public IEnumerable<(string Part, string Here, string There)> Differences(CacheIdentity other)
    {
        ArgumentNullException.ThrowIfNull(other);
        (string, string, string)[] parts =
        [
            ("teacher", Teacher, other.Teacher), ("teacher's weights", Weights, other.Weights), ("data", Data, other.Data),
            ("preparation", Preparation, other.Preparation), ("seed", Seed, other.Seed), ("batches", Batches, other.Batches),
            ("contents", Contents, other.Contents),
        ];
        return parts.Where(p => p.Item2 != p.Item3);
    }

    /// <summary>The first part in which another identity differs, with both sides; null where none does.</summary>
    internal string? Difference(CacheIdentity other, string here, string there) => Differences(other)
        .Select(d => $"its {d.Part} is {Shortened(d.Here)} {here}, and {Shortened(d.There)} {there}")
        .FirstOrDefault();

    private static string Shortened(string text) => text.Length <= 300 ? $"'{text}'" : $"'{text[..300]}…'";
}
