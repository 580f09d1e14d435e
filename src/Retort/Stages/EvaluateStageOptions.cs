using System.ComponentModel.DataAnnotations;
using Retort.Evaluation;

namespace Retort.Stages;

/// <summary>What a recipe may write under <c>evaluate:</c>.</summary>
public sealed record EvaluateStageOptions : StageOptions, IValidatable
{
    /// <summary>Models that stages leave, or roles with weights; results have these names.</summary>
    [MinLength(1)]
    public required IReadOnlyList<string> Models { get; init; }

    /// <summary>The split to measure on.</summary>
    public string Split { get; init; } = "test";

    /// <summary>What is asked of the models. The default is the data set's task.</summary>
    public EvaluationTask? Task { get; init; }

    /// <summary>What results call the model, where one is measured in several ways: with other samplers, for one. The default is
    /// its own name.</summary>
    public string? As { get; init; }

    /// <summary>Whether to measure once, with the first seed, for all seeds: for a model that is trained once.</summary>
    public bool Once { get; init; }

    /// <inheritdoc/>
    public IEnumerable<Problem> Validate()
    {
        if (As is not null && Models.Count != 1)
        {
            yield return new Problem(nameof(As), $"gives one name to {Models.Count} models")
            {
                Code = RecipeCodes.Contradiction,
                Expected = "one model, or no `as`",
            };
        }
    }
}
