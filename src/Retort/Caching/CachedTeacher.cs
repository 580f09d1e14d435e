using Retort.Data;
using Retort.Distillation;
using Retort.Torch;

namespace Retort.Caching;

/// <summary>A frozen teacher whose answers lie on disk: its network is neither run nor loaded.</summary>
/// <remarks>The answers belong to the augmentation that the batch shows (<see cref="Batch.Epoch"/>), so the batch must come
/// from a loader that shows what the teacher was asked about.</remarks>
public sealed class CachedTeacher : ITeacher
{
    private readonly OutputCache _cache;
    private readonly Device _device;

    /// <summary>Puts a teacher's name before a cache, which stays the caller's.</summary>
    /// <param name="name">What criteria call it.</param>
    /// <param name="cache">The answers.</param>
    /// <param name="taps">What criteria need from inside the teacher.</param>
    /// <param name="device">Where criteria compute.</param>
    /// <exception cref="ArgumentException">The cache does not keep one of the taps.</exception>
    public CachedTeacher(string name, OutputCache cache, IEnumerable<TapPath> taps, Device device)
    {
        ArgumentNullException.ThrowIfNull(cache);
        ArgumentNullException.ThrowIfNull(taps);
        if (taps.FirstOrDefault(t => !cache.Contents.Taps.Contains(t)) is { } missing)
            throw new ArgumentException(
                $"the cache '{name}' keeps {cache.Contents}, and not '{missing}': add it to the cache's `taps:`.", nameof(taps));
        Name = name;
        _cache = cache;
        _device = device;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public RoleSignals Run(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return _cache.Answers(Name, batch.Epoch, batch.Index.ToArray<long>(), _device);
    }

    /// <summary>Does nothing: the cache belongs to whoever opened it.</summary>
    public void Dispose()
    {
    }
}
