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
            string? text = typeof(BuildInfo).Assembly
                .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
            int plus = text?.IndexOf('+', StringComparison.Ordinal) ?? -1;
            return plus < 0 ? null : text![(plus + 1)..];
        }
    }

    /// <summary>Changes with any code of the arithmetic: builds are deterministic, so equal sources have equal module
    /// ids.</summary>
    public static string CodeVersion { get; } = VersionOf(Own);

    private static Assembly[] Own =>
    [
        typeof(Torch.Tensor).Assembly, typeof(Data.Dataset).Assembly, typeof(Models.ModelCatalog).Assembly,
        typeof(BuildInfo).Assembly,
    ];

    /// <summary>As <see cref="CodeVersion"/>, with the assemblies that plug-ins added to a registry.</summary>
    public static string CodeVersionWith(ComponentRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        Assembly[] added = [.. registry.Assemblies.Except(Own).OrderBy(a => a.FullName, StringComparer.Ordinal)];
        return added.Length == 0 ? CodeVersion : $"{CodeVersion}/{VersionOf(added)}";
    }

    private static string VersionOf(IEnumerable<Assembly> assemblies) =>
        string.Join('/', assemblies.Select(a => a.ManifestModule.ModuleVersionId.ToString("N")));
}
