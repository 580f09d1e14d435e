using System.Text.Json.Serialization;

namespace Retort.Runs.Explain;

/// <summary>The serialiser of <see cref="RecipeExplanation"/>, generated at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(RecipeExplanation))]
internal sealed partial class ExplanationJson : JsonSerializerContext;
