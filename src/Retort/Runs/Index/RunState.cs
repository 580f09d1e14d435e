namespace Retort.Runs.Index;

/// <summary>How far a run is, as its folder shows.</summary>
public enum RunState
{
    /// <summary>Its summary is there.</summary>
    Done,

    /// <summary>A process is at it now.</summary>
    Running,

    /// <summary>It was interrupted or failed; the same command with <c>--resume</c> goes on.</summary>
    Unfinished,

    /// <summary>A file of it cannot be read; <see cref="RunEntry.Problem"/> says which.</summary>
    Broken,
}
