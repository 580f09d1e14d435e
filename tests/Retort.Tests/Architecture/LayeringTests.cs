using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Retort.Tests.Architecture;

public sealed partial class LayeringTests
{
    // From the lowest up, each with what it may know.
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Retort.Torch"] = [],
        ["Retort.Data"] = ["Retort.Torch"],
        ["Retort.Models"] = ["Retort.Torch"],
        ["Retort"] = ["Retort.Torch", "Retort.Data", "Retort.Models"],
        ["Retort.Cli"] = ["Retort.Torch", "Retort.Data", "Retort.Models", "Retort"],
    };

    [Fact]
    public void Every_project_of_src_has_its_layer() =>
        Assert.Equal(
            Allowed.Keys.Order(StringComparer.Ordinal),
            Directory.GetDirectories(Path.Combine(Repository.Root, "src")).Select(Path.GetFileName).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("Retort.Torch")]
    [InlineData("Retort.Data")]
    [InlineData("Retort.Models")]
    [InlineData("Retort")]
    [InlineData("Retort.Cli")]
    public void An_assembly_knows_only_lower_ones(string name)
    {
        IEnumerable<string> compiled = Assembly.Load(name).GetReferencedAssemblies().Select(r => r.Name!);
        XDocument project = XDocument.Load(Path.Combine(Repository.Root, "src", name, name + ".csproj"));
        IEnumerable<string> declared = project.Descendants("ProjectReference")
            .Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')));
        IEnumerable<string> own = compiled.Concat(declared).Where(r => r == "Retort" || r.StartsWith("Retort.", StringComparison.Ordinal));
        Assert.Empty(own.Except(Allowed[name]));
    }

    [Fact]
    public void No_stage_or_trainer_knows_a_method()
    {
        SourceFile[] sources = [.. Repository.HandWritten("src/Retort")];
        string[] slugs = [.. sources.SelectMany(f => f.Lines).SelectMany(SlugsOf).Distinct()];
        Assert.NotEmpty(slugs);
        string[] problems =
        [
            .. from file in sources
               where IsLoop(file)
               from line in file.Lines
               where KnowsAMethod(line, slugs)
               select $"{file.Path}: {line.Trim()}",
        ];
        Assert.True(problems.Length == 0, string.Join('\n', problems));
    }

    [Theory]
    [InlineData("if (name == \"taid\")", true)]
    [InlineData("using Retort.Methods.Logits;", true)]
    [InlineData("/// <c>taid</c> and \"mean\" are words", false)]
    public void Knowing_a_method_is_recognised(string line, bool expected) => Assert.Equal(expected, KnowsAMethod(line, ["taid", "kd"]));

    private static bool IsLoop(SourceFile file) =>
        file.Path.Contains("/Training/", StringComparison.Ordinal) || file.Path.Contains("/Stages/", StringComparison.Ordinal)
        || file.Name.EndsWith("Trainer", StringComparison.Ordinal) || file.Name.EndsWith("Stage", StringComparison.Ordinal);

    private static bool KnowsAMethod(string line, string[] slugs) =>
        MethodsNamespace().IsMatch(line) || Array.Exists(slugs, s => line.Contains($"\"{s}\"", StringComparison.Ordinal));

    private static IEnumerable<string> SlugsOf(string line) => MethodSlug().Matches(line).Select(m => m.Groups[1].Value);

    [GeneratedRegex(@"^\s*\[Method\(""([a-z0-9-]+)""")]
    private static partial Regex MethodSlug();

    [GeneratedRegex(@"\bRetort\.Methods\b")]
    private static partial Regex MethodsNamespace();
}
