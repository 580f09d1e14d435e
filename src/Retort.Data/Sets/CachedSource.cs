using Retort.Torch;

namespace Retort.Data.Sets;

/// <summary>Keeps each sample in memory once it has been read.</summary>
internal sealed class CachedSource(ISampleSource inner) : ISampleSource
{
    // Two threads may read the same sample at once; both get the same bytes, so it does not matter whose are kept.
    private readonly byte[]?[] _samples = new byte[inner.Count][];

    public int Count => inner.Count;

    public IReadOnlyList<long> SampleShape => inner.SampleShape;

    public DType ElementType => inner.ElementType;

    public bool IsCostly => inner.IsCostly;

    public string Identity => inner.Identity;

    public IReadOnlyList<SampleField> Fields => inner.Fields;

    public void Read(int place, Span<byte> target)
    {
        if (Volatile.Read(ref _samples[place]) is not { } sample)
        {
            sample = new byte[target.Length];
            inner.Read(place, sample);
            Volatile.Write(ref _samples[place], sample);
        }
        sample.CopyTo(target);
    }

    public void ReadField(int place, int field, Span<byte> target) => inner.ReadField(place, field, target);
}
