using System.Text.RegularExpressions;

namespace Retort.Tests.Architecture;

public sealed partial class SourceTests
{
    private const int MostLines = 400, MostColumns = 130;

    [Theory]
    [InlineData("src")]
    [InlineData("tests")]
    [InlineData("tools")]
    public void No_file_is_longer_than_400_lines(string folder) => RequireNone(
        from file in Repository.HandWritten(folder)
        where file.Lines.Length > MostLines
        select $"{file.Path} has {file.Lines.Length} lines; {MostLines} are allowed: make it two files.");

    [Theory]
    [InlineData("src")]
    [InlineData("tools")]
    public void No_line_is_longer_than_130_characters(string folder) => RequireNone(
        from file in Repository.HandWritten(folder)
        from line in file.Lines.Index()
        where line.Item.Length > MostColumns
        select $"{file.Path}:{line.Index + 1} has {line.Item.Length} characters; {MostColumns} are allowed: wrap it.");

    [Theory]
    [InlineData("src")]
    [InlineData("tests")]
    public void Namespaces_are_folders(string folder) => RequireNone(
        from file in Repository.HandWritten(folder)
        let found = file.Lines.Select(l => NamespaceLine().Match(l)).FirstOrDefault(m => m.Success)?.Groups[1].Value
        let expected = string.Join('.', file.Path.Split('/')[1..^1])
        where found != expected && file.Name != "GlobalUsings"
        select $"{file.Path} declares the namespace '{found}'; its folder says '{expected}'.");

    // What is an enumeration, options or an event of a type may sit beside it.
    [Fact]
    public void Every_public_type_has_its_own_file() => RequireNone(
        from file in Repository.HandWritten("src")
        let types = file.Lines.Select(l => PublicType().Match(l)).Where(m => m.Success).ToArray()
        let main = file.Name.Split('.')[0]
        from type in types
        let name = type.Groups["name"].Value
        let beside = type.Groups["kind"].Value is "enum" || name.EndsWith("Options", StringComparison.Ordinal)
            || name.EndsWith("EventArgs", StringComparison.Ordinal)
        where name != main && !(beside && types.Any(t => t.Groups["name"].Value == main))
        select $"{file.Path} holds the public type '{name}': it belongs in a file of its own name.");

    // A plain fact that throws what means "skip" fails instead, on machines that lack what it asks for.
    [Fact]
    public void A_test_that_may_be_skipped_is_marked_so() => RequireNone(
        from file in Repository.HandWritten("tests")
        from test in PlainTests(file.Lines)
        let asks = test.Body.FirstOrDefault(l => MaySkip().IsMatch(l))
        where asks is not null
        select $"{file.Path}:{test.Line}: a [Fact] or [Theory] says '{asks.Trim()}': write [SkippableFact] or [SkippableTheory].");

    [Theory]
    [InlineData(TaskMark, "finish it or open an issue")]
    [InlineData(MachinePath, "a path of one machine says nothing to anybody else")]
    public void Nothing_is_left_over(string pattern, string instead) => RequireNone(
        from file in Repository.TextFiles()
        from line in File.ReadLines(file).Index()
        where Regex.IsMatch(line.Item, pattern)
        select $"{Path.GetRelativePath(Repository.Root, file)}:{line.Index + 1}: {line.Item.Trim()} ({instead})");

    [Theory]
    [InlineData(TaskMark, "// TO" + "DO: finish", true)]
    [InlineData(TaskMark, "to do it", false)]
    [InlineData(MachinePath, "\"/ho" + "me/somebody/data\"", true)]
    [InlineData(MachinePath, "https://example.org/wo" + "rk/item", false)]
    public void Leftovers_are_recognised(string pattern, string line, bool expected) => Assert.Equal(expected, Regex.IsMatch(line, pattern));

    // Written in parts, so that this file does not find itself.
    private const string TaskMark = @"\b(TO" + "DO|FIX" + "ME|XX" + @"X)\b";
    private const string MachinePath = @"(^|[\s""'=(:`])/(wo" + "rk|ro" + "ot|ho" + @"me)/\w";

    // Each test below a plain attribute, to its closing brace, or to the next blank line where it is an expression.
    private static IEnumerable<(int Line, string[] Body)> PlainTests(string[] lines)
    {
        for (int k = 0; k < lines.Length; k++)
        {
            if (!PlainTest().IsMatch(lines[k]))
                continue;
            string end = Array.FindIndex(lines, k, l => l is "" or "    {") is var at and >= 0 && lines[at] == "    {" ? "    }" : "";
            yield return (k + 1, [.. lines.Skip(k).TakeWhile(l => l != end)]);
        }
    }

    private static void RequireNone(IEnumerable<string> problems)
    {
        string[] all = [.. problems];
        Assert.True(all.Length == 0, string.Join('\n', all));
    }

    [GeneratedRegex(@"^namespace ([\w.]+);")]
    private static partial Regex NamespaceLine();

    [GeneratedRegex(@"^public (?:(?:abstract|sealed|static|partial|readonly|ref|unsafe) )*(?<kind>class|struct|interface|enum|record struct|record|delegate \S+) (?<name>\w+)")]
    private static partial Regex PublicType();

    [GeneratedRegex(@"^    \[(Fact|Theory)\b")]
    private static partial Regex PlainTest();

    [GeneratedRegex(@"\bSharedData\.Require\(|\bSkip\.If(Not)?\(")]
    private static partial Regex MaySkip();
}
