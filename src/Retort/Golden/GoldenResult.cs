namespace Retort.Golden;

/// <summary>The result of one vector file.</summary>
/// <param name="File">Its name.</param>
/// <param name="Slug">The method that it names.</param>
/// <param name="Verdict">How it went.</param>
/// <param name="Detail">The worst difference, or what failed.</param>
public sealed record GoldenResult(string File, string Slug, GoldenVerdict Verdict, string Detail);

/// <summary>How one vector file went.</summary>
public enum GoldenVerdict
{
    /// <summary>Every value agrees.</summary>
    Passed,

    /// <summary>A value differs, or the computation failed.</summary>
    Failed,

    /// <summary>No method has the file's name.</summary>
    Unknown,
}
