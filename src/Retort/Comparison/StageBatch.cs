using Retort.Runs;
using Retort.Torch;

namespace Retort.Comparison;

/// <summary>Trains several students in one run of this process; one that fails is left out, and the others go on.</summary>
internal static class StageBatch
{
    /// <summary>Runs what is left, again and again, until nothing fails.</summary>
    /// <param name="rows">Names of the students' stages, in order.</param>
    /// <param name="write">Makes the recipe of those that are left.</param>
    /// <param name="folder">The run's folder.</param>
    /// <param name="seeds">The seeds.</param>
    /// <param name="registry">What recipes can name.</param>
    /// <param name="watch">Makes the watcher of one attempt.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <returns>Those that failed, with what was thrown.</returns>
    /// <exception cref="RunException">Something failed that all of them share.</exception>
    public static IReadOnlyDictionary<string, string> Run(
        IReadOnlyList<string> rows, Func<IReadOnlyList<string>, string> write, string folder, Seeds seeds,
        ComponentRegistry registry, Func<StageWatch> watch, CancellationToken cancellation)
    {
        var failed = new Dictionary<string, string>();
        while (rows.Count > failed.Count)
        {
            RecipeDocument document = RecipeDocument.Parse(write([.. rows.Where(r => !failed.ContainsKey(r))]));
            StageWatch progress = watch();
            try
            {
                Runner.Run(document, new RunOptions { Out = folder, Seeds = seeds, Resume = true, Registry = registry },
                    progress, cancellation);
                return failed;
            }
            catch (Exception e) when (progress.HasBegun && IsOfOneStage(e))
            {
                string? stage = Culprit(document, progress, seeds, registry);
                if (stage is null || !rows.Contains(stage))
                    throw;
                failed.Add(stage, FirstLine(e.Message));
            }
        }

        return failed;
    }

    /// <summary>The first line of a message, without what engines add below it.</summary>
    public static string FirstLine(string message) => message.Split('\n', 2)[0].Trim();

    // Methods are others' code too, and refuse what does not fit them in several ways.
    private static bool IsOfOneStage(Exception e) => e is RunException or TorchException or ArgumentException
        or InvalidOperationException or NotSupportedException or KeyNotFoundException or IndexOutOfRangeException;

    private static string? Culprit(RecipeDocument document, StageWatch progress, Seeds seeds, ComponentRegistry registry)
    {
        (RecipePlan plan, _) = Runner.Check(document, registry);
        using (plan)
        {
            string[] names = [.. plan.Stages.Select(plan.NameOf)];
            HashSet<string> once = [.. plan.Stages.Where(s => s.OncePerRun).Select(plan.NameOf)];
            return progress.StoppedIn(names, [.. seeds.Select(s => unchecked((long)s))], once);
        }
    }
}
