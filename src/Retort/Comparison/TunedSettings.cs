using System.Globalization;
using System.Text.Json;
using Retort.Reports;
using Retort.Runs;

namespace Retort.Comparison;

/// <summary>What a search found: <c>tuned.json</c>, which <c>retort compare --tuned</c> reads.</summary>
public sealed record TunedSettings
{
    private const long MostBytes = 64 << 20;

    /// <summary>The recipe's name.</summary>
    public required string Recipe { get; init; }

    /// <summary><c>random</c> or <c>halving</c>.</summary>
    public required string Strategy { get; init; }

    /// <summary>Full trainings that each method was given, the baseline included.</summary>
    public required int Budget { get; init; }

    /// <summary>The seed of the search.</summary>
    public long Seed { get; init; }

    /// <summary>The seeds that every trial trained with.</summary>
    public IReadOnlyList<long> TrainingSeeds { get; init; } = [];

    /// <summary>The split that decided; always <c>validation</c>.</summary>
    public string Split { get; init; } = "validation";

    /// <summary>The figure that decided.</summary>
    public string Metric { get; init; } = "accuracy";

    /// <summary>Samples of the split.</summary>
    public int Samples { get; init; }

    /// <summary>The methods, the student trained alone first.</summary>
    public required IReadOnlyList<TunedMethod> Methods { get; init; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="RunException">There is no such file, or it holds something else; the message names file and
    /// place.</exception>
    public static TunedSettings Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            using FileStream stream = File.OpenRead(path);
            if (stream.Length > MostBytes)
                throw new RunException(
                    $"{path}: {stream.Length} bytes; a file of settings has at most {MostBytes}.", isInputWrong: true);
            return JsonSerializer.Deserialize(stream, ComparisonJson.Default.TunedSettings) is { } found
                && found.Methods.All(m => m is not null && m.Settings.Values.All(v => v is not null))
                ? found
                : throw new JsonException("found null where settings should be.");
        }
        catch (JsonException e)
        {
            throw new RunException($"{path}: no settings of `retort tune`: {e.Message}", isInputWrong: true, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RunException($"--tuned: {e.Message}", isInputWrong: true, e);
        }
    }

    /// <summary>Writes the file as a whole or not at all.</summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public void Write(string path) =>
        AtomicFile.Write(path, JsonSerializer.Serialize(this, ComparisonJson.Default.TunedSettings) + "\n");

    /// <summary>How the settings were chosen, in a sentence.</summary>
    internal string Describe() => string.Create(
        CultureInfo.InvariantCulture,
        $"Settings by {Strategy} search on the {Split} split ({Samples} samples), {Budget} full trainings for every row, ")
        + "the baseline included; no other split took part.";
}
