using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Retort.Torch;

namespace Retort.Data.Graphs;

/// <summary>Graphs as samples of one shape, packed when they are asked for.</summary>
/// <param name="graphs">The graphs; at least one.</param>
public sealed class GraphSource(IReadOnlyList<LabelledGraph> graphs) : ISampleSource
{
    /// <inheritdoc/>
    public int Count => graphs.Count;

    /// <inheritdoc/>
    public IReadOnlyList<long> SampleShape { get; } = [graphs.Max(GraphPacking.SlotsOf), GraphPacking.Columns];

    /// <inheritdoc/>
    public DType ElementType => DType.Int64;

    /// <inheritdoc/>
    public bool IsCostly => false;

    /// <inheritdoc/>
    public string Identity
    {
        get
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var row = new long[SampleShape[0] * GraphPacking.Columns];
            foreach (LabelledGraph graph in graphs)
            {
                GraphPacking.Pack(graph, row);
                hash.AppendData(MemoryMarshal.AsBytes(row.AsSpan()));
            }

            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
    }

    /// <inheritdoc/>
    public void Read(int place, Span<byte> target) => GraphPacking.Pack(graphs[place], MemoryMarshal.Cast<byte, long>(target));
}
