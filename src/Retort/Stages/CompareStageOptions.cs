using System.ComponentModel.DataAnnotations;

namespace Retort.Stages;

/// <summary>What a recipe may write under <c>compare:</c>.</summary>
public sealed record CompareStageOptions : StageOptions, IValidatable
{
    /// <summary>Train stages, or roles with weights, to evaluate; results have these names.</summary>
    [MinLength(1)]
    public required IReadOnlyList<string> Models { get; init; }

    /// <summary>Averages of the models' probabilities, by the name of their results: each a list of entries of
    /// <c>models</c>.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Ensembles { get; init; } =
        new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>The split to evaluate on.</summary>
    public string Split { get; init; } = "test";

    /// <summary>The figure that the report's verdict is about.</summary>
    [AllowedValues("accuracy", "top5", "nll", "ece", "brier")]
    public string Metric { get; init; } = "accuracy";

    /// <summary>The model that agreement is measured with. The default is the one called <c>teacher</c>, or else the
    /// first.</summary>
    public string? Teacher { get; init; }

    /// <summary>Whether to measure latency, at batch 1 and 128.</summary>
    public bool Latency { get; init; } = true;

    /// <inheritdoc/>
    public IEnumerable<Problem> Validate()
    {
        foreach ((string name, IReadOnlyList<string> members) in Ensembles)
        {
            if (Models.Contains(name))
                yield return Wrong(name, $"'{name}' is the name of a model too", "a name of its own");
            if (members.Count < 2)
                yield return Wrong(name, $"'{name}' has {members.Count} members", "two or more");
            foreach (string member in members.Where(m => !Models.Contains(m)))
            {
                yield return Wrong(
                    name, $"'{name}' averages '{member}', which is not compared", $"one of: {string.Join(", ", Models)}");
            }
        }
    }

    private static Problem Wrong(string name, string message, string expected) =>
        new(nameof(Ensembles), message) { Item = name, Expected = expected };
}
