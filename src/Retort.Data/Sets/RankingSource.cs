using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Retort.Torch;

namespace Retort.Data.Sets;

/// <summary>Queries with passages: a relevant passage and others to learn from, or all passages to rank.</summary>
internal sealed class RankingSource : ISampleSource
{
    private readonly long[][] _queries;
    private readonly long[][] _passages;
    private readonly BeirSet.Grades _grades;
    private readonly int _length;
    private readonly int[] _chosen;

    // A query, a relevant passage and others; empty where all passages are to be ranked.
    private readonly int[][] _lists;

    /// <summary>Collects samples.</summary>
    /// <param name="queries">Words of each query.</param>
    /// <param name="passages">Words of each passage.</param>
    /// <param name="length">Words of a row.</param>
    /// <param name="grades">What answers what.</param>
    /// <param name="chosen">The queries of this split.</param>
    /// <param name="draws">Samples for each relevant passage; 0 to rank all passages.</param>
    /// <param name="others">Passages of such a sample that are not relevant.</param>
    public RankingSource(
        long[][] queries, long[][] passages, int length, BeirSet.Grades grades, int[] chosen, int draws, int others)
    {
        (_queries, _passages, _grades, _length, _chosen) = (queries, passages, grades, length, chosen);
        _lists = [.. chosen.SelectMany(query => Lists(query, draws, others))];
        Count = draws == 0 ? chosen.Length : _lists.Length;
        long rows = draws == 0 ? 1 + passages.Length : 2 + others;
        SampleShape = [rows, length];
        Fields = draws == 0 ? [new SampleField("relevance", [passages.Length], DType.Float32)] : [];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (long[] text in queries.Concat(passages))
        {
            hash.AppendData(BitConverter.GetBytes(text.Length));
            hash.AppendData(MemoryMarshal.AsBytes(text.AsSpan()));
        }

        hash.AppendData(MemoryMarshal.AsBytes(chosen.AsSpan()));
        foreach (int[] list in _lists)
            hash.AppendData(MemoryMarshal.AsBytes(list.AsSpan()));
        foreach (int query in chosen)
        {
            foreach ((int place, float grade) in grades.Of(query))
                hash.AppendData([.. BitConverter.GetBytes(place), .. BitConverter.GetBytes(grade)]);
        }

        Identity = Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public int Count { get; }

    public IReadOnlyList<long> SampleShape { get; }

    public DType ElementType => DType.Int64;

    public bool IsCostly => false;

    public string Identity { get; }

    public IReadOnlyList<SampleField> Fields { get; }

    public void Read(int place, Span<byte> target)
    {
        Span<long> rows = MemoryMarshal.Cast<byte, long>(target);
        rows.Clear();
        if (_lists.Length > 0)
        {
            int[] list = _lists[place];
            Put(_queries[list[0]], rows, 0);
            for (int k = 1; k < list.Length; k++)
                Put(_passages[list[k]], rows, k);
            return;
        }

        Put(_queries[_chosen[place]], rows, 0);
        for (int k = 0; k < _passages.Length; k++)
            Put(_passages[k], rows, k + 1);
    }

    public void ReadField(int place, int field, Span<byte> target)
    {
        Span<float> grades = MemoryMarshal.Cast<byte, float>(target);
        grades.Clear();
        foreach ((int passage, float grade) in _grades.Of(_chosen[place]))
            grades[passage] = grade;
    }

    private IEnumerable<int[]> Lists(int query, int draws, int others)
    {
        IReadOnlyDictionary<int, float> relevant = _grades.Of(query);
        if (relevant.Count == _passages.Length)
            yield break;
        RandomStream random = RandomStream.Derive(1, (ulong)query);
        foreach (int passage in relevant.Keys)
        {
            for (int k = 0; k < draws; k++)
            {
                int[] list = [query, passage, .. new int[others]];
                for (int other = 0; other < others; other++)
                {
                    do
                        list[2 + other] = random.NextInt(_passages.Length);
                    while (relevant.ContainsKey(list[2 + other]));
                }

                yield return list;
            }
        }
    }

    private void Put(long[] text, Span<long> rows, int row) => text.CopyTo(rows[(row * _length)..]);
}
