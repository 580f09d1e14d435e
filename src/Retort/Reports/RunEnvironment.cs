namespace Retort.Reports;

/// <summary>What a run ran on. Everything may be missing.</summary>
public sealed record RunEnvironment
{
    /// <summary>Version of Retort.</summary>
    public string? Retort { get; init; }

    /// <summary>Commit that it was built from.</summary>
    public string? Commit { get; init; }

    /// <summary>Version of libtorch.</summary>
    public string? Libtorch { get; init; }

    /// <summary>Version of .NET.</summary>
    public string? Dotnet { get; init; }

    /// <summary>The operating system.</summary>
    public string? OperatingSystem { get; init; }

    /// <summary>The processor.</summary>
    public string? Processor { get; init; }

    /// <summary>The accelerator, or <c>cpu</c>.</summary>
    public string? Device { get; init; }

    /// <summary>Threads that one operator uses.</summary>
    public int? Threads { get; init; }

    /// <summary>Versions of other libraries by name.</summary>
    public IReadOnlyDictionary<string, string> Libraries { get; init; } = new Dictionary<string, string>();
}
