using System.Reflection;

namespace Retort.Runs;

/// <summary>Which build of Retort this is.</summary>
public static class BuildInfo
{
    /// <summary>The version, as <c>0.1.0</c>.</summary>
    public static string Version => typeof(BuildInfo).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    /// <summary>The commit that it was built from, or null where that is not known.</summary>
    public static string? Commit
    {
        get
        {
            string? text = typeof(BuildInfo).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
            int plus = text?.IndexOf('+', StringComparison.Ordinal) ?? -1;
            return plus < 0 ? null : text![(plus + 1)..];
        }
    }

    /// <summary>Changes with any code of the arithmetic: builds are deterministic, so equal sources have equal module ids.</summary>
    public static string CodeVersion { get; } = string.Join('/', new[]
    {
        typeof(Torch.Tensor), typeof(Data.Dataset), typeof(Models.ModelCatalog), typeof(BuildInfo),
    }.Select(t => t.Module.ModuleVersionId.ToString("N")));
}
