using Retort.Tests.Architecture;
using Retort.Tools;
using Retort.Torch;

namespace Retort.Tests.Torch;

public sealed class GeneratedOperatorsTests
{
    private static readonly string[] Listed = [.. Retort.Tools.Program.OperatorNames(Repository.Root)];

    [Fact]
    public void The_list_is_sorted_and_names_each_operator_once() =>
        Assert.Equal(Listed.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal), Listed);

    [SkippableFact]
    public void The_generated_operators_are_not_stale()
    {
        // Schemas differ between versions; the generated files are those of the oldest one supported.
        Skip.IfNot(Engine.Version.StartsWith("1.13.", StringComparison.Ordinal), $"the typed operators are generated from libtorch 1.13; this is {Engine.Version}");
        Schema[] schemas = Array.ConvertAll(Listed, SchemaOf);
        (string tensor, string ops) = Emitter.Emit(schemas);
        RequireSame("Tensor.g.cs", tensor);
        RequireSame("Ops.g.cs", ops);
    }

    private static Schema SchemaOf(string name)
    {
        int dot = name.IndexOf('.', StringComparison.Ordinal);
        return Schema.Parse(
            (dot < 0 ? new Operator("aten::" + name) : new Operator("aten::" + name[..dot], name[(dot + 1)..])).Schema);
    }

    private static void RequireSame(string file, string expected)
    {
        string checkedIn = File.ReadAllText(Path.Combine(Repository.Root, "src", "Retort.Torch", "Generated", file));
        Assert.True(checkedIn == expected, $"{file} is stale: run 'dotnet run --project tools/GenerateOperators'.");
    }
}
