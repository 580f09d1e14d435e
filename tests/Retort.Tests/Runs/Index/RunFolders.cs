using Retort.Reports;

namespace Retort.Tests.Runs.Index;

/// <summary>Folders that look as runs leave them.</summary>
internal sealed class RunFolders : IDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public string Root { get; } = Directory.CreateTempSubdirectory("retort-runs-").FullName;

    public string this[params string[] parts] => Path.Combine([Root, .. parts]);

    /// <summary>Writes a finished run of two models.</summary>
    /// <param name="name">Its folder below the root.</param>
    /// <param name="recipe">The recipe's name.</param>
    /// <param name="minutes">When it ended, after <see cref="Start"/>.</param>
    /// <param name="seeds">The seeds.</param>
    /// <param name="student">The student's accuracy, one a seed; the teacher has 0.9 in all.</param>
    /// <param name="threads">What it ran on.</param>
    public void Finish(
        string name, string recipe = "tiny", int minutes = 0, long[]? seeds = null, double[]? student = null, int threads = 2)
    {
        seeds ??= [0, 1];
        student ??= [0.5, 0.7];
        Begin(name, recipe);
        SummaryFile.Write(this[name, "summary.json"], new RunSummary
        {
            Recipe = recipe,
            Results =
            [
                ResultSummary.Of("teacher", "test", "accuracy", [.. seeds.Select(_ => 0.9)]),
                ResultSummary.Of("teacher", "test", "nll", [.. seeds.Select(_ => 0.3)]),
                ResultSummary.Of("student", "test", "accuracy", student),
                ResultSummary.Of("student", "test", "nll", [.. student.Select(a => 1 - a)]),
            ],
            Models = [new ModelSummary { Name = "student", Architecture = "mlp", Parameters = 1234 }],
            WallSeconds = 61,
            PeakRssBytes = 300 << 20,
            Seeds = seeds,
            FinishedAt = Start.AddMinutes(minutes),
            Environment = new RunEnvironment { Retort = "0.1.0", Libtorch = "1.13.0", Device = "cpu", Threads = threads },
        });
        foreach (long seed in seeds)
        {
            Write("""{"key":"k","wall_seconds":12.5,"figures":{}}""", name, $"seed-{seed}", "teacher", "done.json");
            Directory.CreateDirectory(this[name, $"seed-{seed}", "student"]);
        }
    }

    /// <summary>Writes what a run has before it is finished.</summary>
    public void Begin(string name, string recipe = "tiny", string? text = null) => Write(
        text ?? $$"""
            recipe: 1
            name: {{recipe}}
            seeds: [0, 1]
            stages:
              - train: { name: student, epochs: 3 }

            """,
        name, "recipe.yaml");

    public void Write(string text, params string[] parts)
    {
        string path = this[parts];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
