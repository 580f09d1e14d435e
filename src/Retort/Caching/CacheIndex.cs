using System.Text.Json;
using System.Text.Json.Serialization;
using Retort.Reports;
using Retort.Runs;

namespace Retort.Caching;

/// <summary>The <c>index.json</c> of a cache: what it is of, and its files with their hashes, as far as they are done.</summary>
internal sealed record CacheIndex
{
    public const string FileName = "index.json";
    private const int CurrentVersion = 1;
    private const long MostBytes = 1 << 28;
    private const long MostElements = 1L << 40;

    [JsonPropertyName("retort_cache")]
    public int Version { get; init; } = CurrentVersion;

    public required CacheIdentity Identity { get; init; }

    /// <summary>The program and machine settings that decide the last bits.</summary>
    public required string Build { get; init; }

    public required bool Half { get; init; }

    public int? TopK { get; init; }

    public required IReadOnlyList<string> Taps { get; init; }

    /// <summary>Sizes of one sample's output, then of its taps.</summary>
    public required IReadOnlyList<IReadOnlyList<long>> Shapes { get; init; }

    /// <summary>Whether epochs differ, and by which seed.</summary>
    public required bool Augmented { get; init; }

    public required ulong Seed { get; init; }

    public required int Epochs { get; init; }

    public required int Samples { get; init; }

    /// <summary>Batches that the samples of an epoch came in, and how many of them a file holds.</summary>
    public required int StepsPerEpoch { get; init; }

    public required int StepsPerFile { get; init; }

    public required IReadOnlyList<CacheShard> Shards { get; init; }

    [JsonIgnore]
    public CacheContents Contents => new() { Half = Half, TopK = TopK, Taps = [.. Taps.Select(TapPath.Parse)] };

    [JsonIgnore]
    public bool IsComplete => Enumerable.Range(0, Epochs).All(Has);

    /// <summary>Whether an epoch is there as a whole.</summary>
    public bool Has(int epoch) => Shards.Where(s => s.Epoch == epoch).Sum(s => (long)s.Rows) == Samples;

    public void Write(string folder) => AtomicFile.Write(Path.Combine(folder, FileName), stream =>
        JsonSerializer.Serialize(stream, this, CacheJson.Default.CacheIndex));

    /// <summary>Reads the index of a folder; null where it has none.</summary>
    /// <exception cref="RunException">It is no index, or not one of this version.</exception>
    public static CacheIndex? Find(string folder)
    {
        string path = Path.Combine(folder, FileName);
        var file = new FileInfo(path);
        if (!file.Exists)
            return null;
        if (file.Length > MostBytes)
            throw Wrong(path, $"it has {file.Length} bytes; at most {MostBytes} are allowed");
        try
        {
            CacheIndex index = JsonSerializer.Deserialize(File.ReadAllBytes(path), CacheJson.Default.CacheIndex)
                ?? throw Wrong(path, "it is null");
            if (index.Problem() is { } problem)
                throw Wrong(path, problem);
            return index;
        }
        catch (JsonException e)
        {
            throw Wrong(path, $"it is no index of a cache ({e.Message})", e);
        }
    }

    private static RunException Wrong(string path, string problem, Exception? inner = null) =>
        new($"'{path}': {problem}.", isInputWrong: true, inner);

    private string? Problem()
    {
        if (Version != CurrentVersion)
            return $"it is of version {Version}; this program reads version {CurrentVersion}";
        if (Epochs < 1 || Samples < 1)
            return $"it has {Epochs} epochs of {Samples} samples; at least 1 of each is needed";
        if (Taps.Contains(null!) || Shapes.Contains(null!) || Shards.Contains(null!))
            return "one of its entries is null";
        if (Taps.FirstOrDefault(t => !TapPath.TryParse(t, out _)) is { } tap)
            return $"'{tap}' is no tap";
        if (Shapes.Count != Taps.Count + 1 || !Shapes.All(IsShape)
            || (TopK is not null && (Shapes[0].Count == 0 || TopK < 1 || TopK >= Shapes[0][^1])))
            return "its shapes do not fit what it keeps";
        CacheShard? shard = Shards.FirstOrDefault(
            s => !IsPlain(s.File) || s.Epoch < 0 || s.FirstStep < 0 || s.Rows < 1 || s.Rows > Samples);
        return shard is null ? null : $"the entry of '{shard.File}' is wrong";
    }

    private static bool IsShape(IReadOnlyList<long> shape)
    {
        long elements = 1;
        foreach (long size in shape)
        {
            if (size < 1 || size > MostElements / elements)
                return false;
            elements *= size;
        }

        return true;
    }

    // A name from a file must not lead out of the folder.
    private static bool IsPlain(string name) =>
        name.Length is > 0 and < 100 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.') && name[0] != '.';
}

/// <summary>Reader and writer of <c>index.json</c>, made at build time.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(CacheIndex))]
internal sealed partial class CacheJson : JsonSerializerContext;
