using System.Reflection;

namespace Retort.Tests.Architecture;

public sealed class PublicApiTests
{
    private const string UpdateVariable = "RETORT_UPDATE_API";

    [Theory]
    [InlineData("Retort.Torch")]
    [InlineData("Retort.Data")]
    [InlineData("Retort.Models")]
    [InlineData("Retort")]
    public void A_change_of_the_public_surface_is_a_line_of_the_diff(string project)
    {
        string path = Path.Combine(Repository.Root, "src", project, "PublicApi.txt");
        string[] now = [.. ApiPrinter.Print(Assembly.Load(project))];
        if (Environment.GetEnvironmentVariable(UpdateVariable) is "1")
        {
            File.WriteAllLines(path, now);
            return;
        }

        string[] before = File.Exists(path) ? File.ReadAllLines(path) : [];
        if (now.SequenceEqual(before))
            return;
        string changes = string.Join('\n', Changes(before, now).Take(40));
        Assert.Fail(
            $"The public surface of {project} differs from {Path.GetRelativePath(Repository.Root, path)}:\n{changes}\n"
            + $"If that is meant, run: {UpdateVariable}=1 ./test --filter FullyQualifiedName~PublicApi   and commit the file.");
    }

    // Members of one type stand under its line, so a type with the same member as another must not hide its change.
    private static IEnumerable<string> Changes(string[] before, string[] now)
    {
        HashSet<string> old = [.. Qualified(before)], current = [.. Qualified(now)];
        return old.Except(current).Select(l => "- " + l).Concat(current.Except(old).Select(l => "+ " + l)).DefaultIfEmpty("the order of the lines");
    }

    private static IEnumerable<string> Qualified(string[] lines)
    {
        string type = string.Empty;
        foreach (string line in lines)
        {
            if (line.StartsWith(' '))
            {
                yield return $"{type}:{line}";
                continue;
            }

            type = line.Split(" : ")[0];
            yield return line;
        }
    }
}
