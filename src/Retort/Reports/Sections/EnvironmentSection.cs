using System.Globalization;
using Retort.Reports.Plots;

namespace Retort.Reports.Sections;

/// <summary>What the run ran on.</summary>
internal sealed class EnvironmentSection(ReportData data) : ReportSection(data)
{
    public override string Id => "environment";

    public override string Title => "Environment";

    public override bool HasContent => Facts().Any();

    public override void WriteBody(HtmlWriter html)
    {
        html.Write($"<dl class=\"pairs\">");
        foreach ((string name, string value) in Facts())
            html.Write($"<dt>{name}</dt><dd>{value}</dd>");
        html.Write($"</dl>");
    }

    private IEnumerable<(string Name, string Value)> Facts()
    {
        RunEnvironment? environment = Data.Summary.Environment;
        string? threads = environment?.Threads?.ToString(CultureInfo.InvariantCulture);
        string wall = Data.Summary.WallSeconds > 0 ? Figures.Duration(Data.Summary.WallSeconds) : "";
        string memory = Data.Summary.PeakRssBytes > 0 ? Figures.Bytes(Data.Summary.PeakRssBytes) : "";
        (string, string?)[] known =
        [
            ("Retort", environment?.Retort),
            ("Commit", environment?.Commit),
            ("libtorch", environment?.Libtorch),
            (".NET", environment?.Dotnet),
            ("Operating system", environment?.OperatingSystem),
            ("Processor", environment?.Processor),
            ("Device", environment?.Device),
            ("Threads", threads),
            ("Seeds", string.Join(", ", Data.Summary.Seeds)),
            ("Computing time", wall),
            ("Peak memory", memory),
        ];
        IEnumerable<(string, string?)> libraries = environment?.Libraries.Select(l => (l.Key, (string?)l.Value)) ?? [];
        return known.Concat(libraries).Where(f => !string.IsNullOrEmpty(f.Item2)).Select(f => (f.Item1, f.Item2!));
    }
}
