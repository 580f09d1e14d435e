using Retort.Golden;

namespace Retort.Tests.Methods;

/// <summary>Methods against values that were computed without them.</summary>
public sealed class GoldenVectorTests
{
    private static readonly string Own = Path.Combine(AppContext.BaseDirectory, "Methods", "Fixtures");

    public static TheoryData<string> OwnVectors =>
        [.. Directory.EnumerateFiles(Own, "*.json").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    [Theory, MemberData(nameof(OwnVectors))]
    public void A_method_gives_what_plain_arithmetic_gives(string file)
    {
        GoldenResult result = GoldenChecker.Check(Path.Combine(Own, file));
        Assert.True(result.Verdict == GoldenVerdict.Passed, $"{file}: {result.Detail}");
    }

    // Vectors of methods that are not here yet are counted by `retort golden`, not failed here.
    [SkippableFact]
    public void Every_shared_vector_of_a_method_that_is_here_passes()
    {
        string folder = Shared();
        string[] failed = [.. Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal).Select(GoldenChecker.Check)
            .Where(r => r.Verdict == GoldenVerdict.Failed).Select(r => $"{r.File}: {r.Detail}")];
        Assert.True(failed.Length == 0, string.Join('\n', failed));
    }

    [Fact]
    public void A_wrong_value_fails_by_name()
    {
        string path = Path.Combine(Path.GetTempPath(), $"retort-golden-{Guid.NewGuid():N}.json");
        try
        {
            string vector = File.ReadAllText(Path.Combine(Own, "kd.json"));
            File.WriteAllText(path, vector.Replace("\"loss\": 1.", "\"loss\": 2.", StringComparison.Ordinal));
            GoldenResult result = GoldenChecker.Check(path);
            Assert.Equal(GoldenVerdict.Failed, result.Verdict);
            Assert.StartsWith("loss[0] is ", result.Detail, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static string Shared()
    {
        for (DirectoryInfo? folder = new(Environment.GetEnvironmentVariable("RETORT_SHARED") ?? AppContext.BaseDirectory);
            folder is not null;
            folder = folder.Parent)
        {
            foreach (string path in (ReadOnlySpan<string>)[Path.Combine(folder.FullName, "golden"), Path.Combine(folder.FullName, "shared", "golden")])
            {
                if (File.Exists(Path.Combine(path, "kd.json")))
                    return path;
            }
        }

        throw new SkipException("There is no folder of shared reference vectors (set RETORT_SHARED to the folder above `golden`).");
    }
}
