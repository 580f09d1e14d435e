using System.CommandLine;
using Retort.Registry;
using Retort.Runs;

namespace Retort.Cli;

/// <summary><c>--plugin FILE.dll</c>, which several commands have.</summary>
internal static class PluginOption
{
    public static Option<string[]> Create() => new("--plugin")
    {
        Description = "A .NET assembly whose methods, stages, models and data sets recipes may name; may be repeated. "
            + "It is code and runs as you.",
    };

    /// <summary>What recipes can name, plug-ins included.</summary>
    public static ComponentRegistry RegistryOf(ParseResult parsed, Option<string[]> option) =>
        PluginFile.Catalog(parsed.GetValue(option) ?? []);
}
