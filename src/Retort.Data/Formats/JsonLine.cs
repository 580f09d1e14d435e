using System.Text.Json;

namespace Retort.Data.Formats;

/// <summary>One line of a JSON Lines file.</summary>
/// <param name="Number">Number of the line in its file, from 1 on.</param>
/// <param name="Value">The object on it; it owns its memory and may be kept.</param>
public readonly record struct JsonLine(long Number, JsonElement Value);
