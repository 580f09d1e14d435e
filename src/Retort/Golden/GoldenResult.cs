using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Retort.Torch;

namespace Retort.Golden;

/// <summary>The result of one vector file.</summary>
/// <param name="File">Its name.</param>
/// <param name="Slug">The method that it names.</param>
/// <param name="Verdict">How it went.</param>
/// <param name="Detail">The worst difference, or what failed.</param>
public sealed record GoldenResult(string File, string Slug, GoldenVerdict Verdict, string Detail);
