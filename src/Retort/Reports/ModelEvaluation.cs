using Retort.Evaluation;

namespace Retort.Reports;

/// <summary>A model's figures on the report's split.</summary>
/// <param name="Name">The model, under the name that its results have.</param>
/// <param name="Seeds">Its figures, one a seed; a teacher that serves all seeds has one. All with the same bins and
/// classes.</param>
public sealed record ModelEvaluation(string Name, IReadOnlyList<ClassificationFigures> Seeds);
