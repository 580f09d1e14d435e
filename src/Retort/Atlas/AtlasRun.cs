using System.Globalization;
using System.Runtime.ExceptionServices;
using Retort.Comparison;
using Retort.Reports;
using Retort.Runs;

namespace Retort.Atlas;

/// <summary>The run of an entry's recipe: small networks leave processors idle, so seeds are computed side by side.</summary>
/// <remarks>
/// The first seed goes alone, with the stages that a recipe runs once. Each other seed is then a run of its own, in a process of
/// its own since libtorch's generator and threads are a process's, and leaves its stages in the store. The run of all seeds at
/// the end finds every stage there. So the bits are those of one seed after the other with as many threads.
/// </remarks>
internal sealed class AtlasRun(
    AtlasEntry entry, AtlasRunOptions options, IRunProgress progress, CancellationToken cancellation)
{
    private readonly Lock _saying = new();

    /// <summary>Runs it.</summary>
    /// <returns>The summary over all seeds, and the seconds that it takes from nothing.</returns>
    public (RunSummary Summary, double Seconds) Run()
    {
        Seeds seeds = options.Seeds ?? entry.Recipe.Seeds;
        int jobs = Math.Min(options.Jobs, seeds.Count - 1);
        if (jobs < 2 || options.Program is null)
        {
            RunSummary whole = RunSeeds(seeds, FolderOf(options.Seeds), []);
            return (whole, whole.WallSeconds);
        }

        int threads = entry.Recipe.Threads ?? Math.Max(1, Environment.ProcessorCount / jobs);
        string[] share = [string.Create(CultureInfo.InvariantCulture, $"threads={threads}")];
        double first = RunSeeds([seeds[0]], FolderOf([seeds[0]]), share).WallSeconds;
        double[] beside = RunBeside([.. seeds.Skip(1)], jobs, threads, seeds[0]);
        RunSummary summary = RunSeeds(seeds, FolderOf(options.Seeds), share);
        foreach (ulong seed in seeds)
            Directory.Delete(FolderOf(Pair(seeds[0], seed)), recursive: true);
        return (summary, first + Makespan(beside.Select(wall => wall - first), jobs));
    }

    /// <summary>How long jobs of these lengths take, each begun in its turn as soon as one of <paramref name="jobs"/> is
    /// free.</summary>
    internal static double Makespan(IEnumerable<double> lengths, int jobs)
    {
        double[] busyUntil = new double[jobs];
        foreach (double length in lengths)
            busyUntil[Array.IndexOf(busyUntil, busyUntil.Min())] += length;
        return busyUntil.Max();
    }

    // The first seed too, because what runs once belongs to it; its stages are in the store by then.
    private static Seeds Pair(ulong first, ulong seed) => seed == first ? [first] : [first, seed];

    private double[] RunBeside(ulong[] seeds, int jobs, int threads, ulong first)
    {
        double[] walls = new double[seeds.Length];
        try
        {
            Parallel.For(
                0, seeds.Length, new ParallelOptions { MaxDegreeOfParallelism = jobs, CancellationToken = cancellation },
                k => walls[k] = RunChild(Pair(first, seeds[k]), threads));
        }
        catch (AggregateException e)
        {
            // They were told to stop together, or one of them failed: the first says why.
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }

        return walls;
    }

    private double RunChild(Seeds seeds, int threads)
    {
        string[] commandLine =
        [
            .. options.Program!, "run", entry.RecipePath, "--out", FolderOf(seeds), "--seeds", seeds.ToString(), "--resume",
            "--set", string.Create(CultureInfo.InvariantCulture, $"threads={threads}"), "--stage-store", Store,
        ];
        string? failure = ChildRun.Run(commandLine, Say, cancellation);
        return failure is null
            ? SummaryFile.Read(Path.Combine(FolderOf(seeds), "summary.json")).WallSeconds
            : throw new RunException(failure);
    }

    private void Say(string line)
    {
        lock (_saying)
            options.Say?.Invoke(line);
    }

    private RunSummary RunSeeds(Seeds seeds, string folder, string[] overrides) => Runner.Run(
        RecipeDocument.Load(entry.RecipePath, overrides),
        new RunOptions
        {
            Out = folder,
            Resume = true,
            Seeds = seeds,
            StageStore = Store,
            CommandLine = $"./retort atlas run {entry.Slug}",
        },
        progress, cancellation);

    private string Store => Path.Combine(options.Runs, ".stages");

    private string FolderOf(Seeds? seeds) =>
        Path.Combine(options.Runs, "atlas", seeds is null ? entry.Slug : $"{entry.Slug}-{seeds.ToString().Replace(',', '-')}");
}
