using System.Globalization;
using Retort.Data;
using Retort.Runs;

namespace Retort.Caching;

/// <summary>Says what a cache is of, from a recipe's options and what earlier stages left.</summary>
internal static class CacheSource
{
    public const string AnyBatches = "any";
    public const string NoSeed = "none";

    /// <summary>The part of a stage's data that decides what a teacher sees: known before anything is read.</summary>
    public static string Preparation(DataOptions data, ComponentRegistry registry)
    {
        string augment = data.Augment.Count == 0 ? "no augmentation" : $"augment {CanonicalJson.Write(data.Augment, registry)}";
        return data is { Normalize: true, Dataset.Normalization: { } values }
            ? $"{augment}, normalised by {Numbers(values.Mean)} and {Numbers(values.Deviation)}"
            : $"{augment}, not normalised";
    }

    /// <summary>The part of a stage's data that decides which samples there are.</summary>
    public static string Samples(DataOptions data, ComponentRegistry registry) => string.Create(CultureInfo.InvariantCulture,
        $"{CanonicalJson.Write(data.Dataset, registry)} below {data.Root?.FullPath ?? "the usual folder"}, validation "
            + $"{data.Validation}, first {data.TrainSamples?.ToString(CultureInfo.InvariantCulture) ?? "all"}");

    /// <summary>What the answers of a stage's teacher depend on.</summary>
    /// <param name="context">The stage's.</param>
    /// <param name="teacher">The teacher's name.</param>
    /// <param name="contents">What is kept.</param>
    /// <param name="loader">What the teacher is asked about.</param>
    public static CacheIdentity Identity(StageContext context, string teacher, CacheContents contents, Loader loader) => Identity(
        context, teacher, contents,
        context.Data.IsConstant ? NoSeed : context.SeedOf("data").ToString(CultureInfo.InvariantCulture),
        Batches(context.Data, loader));

    /// <summary>The same with the seed and the batches of a cache that is there.</summary>
    public static CacheIdentity Identity(
        StageContext context, string teacher, CacheContents contents, string seed, string batches)
    {
        (string architecture, string weights) = context.OriginOf(teacher);
        Dataset data = context.Data.Split("train");
        return new CacheIdentity
        {
            Teacher = architecture,
            Weights = "sha256:" + HashOfWeights(weights),
            Data = $"{data.Name}/{data.Split} {data.Fingerprint}",
            Preparation = Preparation(context.Data.Options, context.Registry),
            Seed = seed,
            Batches = batches,
            Contents = contents.ToString(),
        };
    }

    /// <summary>The batches of a training, where they matter.</summary>
    public static string Batches(DataProvider data, Loader loader) => data.DependsOnBatch
        ? string.Create(CultureInfo.InvariantCulture, $"of {loader.BatchSize} from {loader.Data.Fingerprint}")
        : AnyBatches;

    // An index of shards says nothing about what is in them.
    private static string HashOfWeights(string path)
    {
        try
        {
            return !path.EndsWith(".json", StringComparison.Ordinal)
                ? OutputCacheWriter.HashOf(path)
                : StageKeys.Of(Directory.EnumerateFiles(Path.GetDirectoryName(path)!, "*.safetensors")
                    .Order(StringComparer.Ordinal)
                    .Append(path).Select(OutputCacheWriter.HashOf));
        }
        catch (IOException e)
        {
            throw new RunException($"the weights '{path}' cannot be read: {e.Message}", isInputWrong: true, e);
        }
    }

    private static string Numbers(IReadOnlyList<double> numbers) =>
        $"[{string.Join(", ", numbers.Select(n => n.ToString("R", CultureInfo.InvariantCulture)))}]";
}
