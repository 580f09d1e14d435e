using System.Diagnostics;
using System.Globalization;
using Retort.Data;
using Retort.Reports;
using Retort.Stages;
using Retort.Torch;
using Retort.Tracking;

namespace Retort.Runs;

/// <summary>Runs recipes: checks the whole first, then every stage for every seed, then writes summary and report.</summary>
public static class Runner
{
    /// <summary>Checks a recipe without running anything.</summary>
    /// <param name="document">The recipe as written.</param>
    /// <param name="registry">What it can name.</param>
    /// <returns>The plan, which the caller disposes of, and the binding, which holds whatever is wrong.</returns>
    public static (RecipePlan Plan, Binding<Recipe> Binding) Check(RecipeDocument document, ComponentRegistry registry)
    {
        Binding<Recipe> binding = Recipe.Bind(document, registry);
        return (new RecipePlan(binding, registry), binding);
    }

    /// <summary>Runs a recipe.</summary>
    /// <param name="document">The recipe as written.</param>
    /// <param name="options">Where and how.</param>
    /// <param name="progress">Told what happens.</param>
    /// <param name="cancellation">Stops between steps, after the state was saved.</param>
    /// <returns>The summary that was written to <c>summary.json</c>.</returns>
    /// <exception cref="RecipeException">The recipe is wrong; nothing was run.</exception>
    /// <exception cref="RunException">The run cannot go on.</exception>
    /// <exception cref="DataFormatException">A data file is missing or damaged.</exception>
    /// <exception cref="OperationCanceledException">It was stopped; the same call with Resume goes on.</exception>
    public static RunSummary Run(
        RecipeDocument document, RunOptions options, IRunProgress progress, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(progress);
        ComponentRegistry registry = options.Registry;
        (RecipePlan plan, Binding<Recipe> binding) = Check(document, registry);
        using (plan)
        {
            Recipe recipe = binding.Require();
            if (options.Seeds is { } seeds)
                recipe = recipe with { Seeds = seeds };
            Engine.Threads = recipe.Threads ?? Environment.ProcessorCount;
            using var data = new DataProviders(recipe.Data, registry);
            plan.RequireFit(data);
            binding.ThrowIfWrong();
            var folder = new RunFolder(options.Out ?? Path.Combine("runs", recipe.Name));
            using FileStream _ = Lock(folder);
            AtomicFile.Write(folder.In("recipe.yaml"), binding.ResolvedText);
            using var trackers = new Trackers(
                [
                    new JsonlTracker(folder.In("metrics.jsonl")), new TensorBoardTracker(folder.In("tensorboard")),
                    .. options.Trackers,
                ]);
            var session = new RunSession
            {
                Recipe = recipe,
                Plan = plan,
                Registry = registry,
                Folder = folder,
                Device = DeviceOf(recipe.Device),
                Tracker = trackers,
                Progress = progress,
                Data = data,
                Resume = options.Resume,
                Cancellation = cancellation,
                Store = options.StageStore is { } store ? new StageStore(store) : null,
            };
            progress.RunStarted(recipe.Name, folder.Path, session.Seeds.Count * plan.Stages.Count);
            double seconds = RunStages(session);
            trackers.Flush();
            return RunReport.Write(session, binding.ResolvedText, seconds, options.CommandLine);
        }
    }

    private static double RunStages(RunSession session)
    {
        double total = 0;
        foreach (long seed in session.Seeds)
        {
            foreach (Stage stage in session.Plan.Stages)
            {
                string name = session.Plan.NameOf(stage);
                if (stage.OncePerRun && seed != session.Seeds[0])
                {
                    session.Keys[(name, seed)] = session.Keys[(name, session.Seeds[0])];
                    continue;
                }

                total += RunStage(session, stage, name, seed);
            }
        }

        return total;
    }

    private static double RunStage(RunSession session, Stage stage, string name, long seed)
    {
        session.Cancellation.ThrowIfCancellationRequested();
        string key = KeyOf(session, stage, name, seed);
        session.Keys[(name, seed)] = key;
        if (session.Store is { } store && session.Folder.Finished(name, seed, key) is null)
            store.TryTake(key, session.Folder.StageFolder(name, seed));
        if (session.Folder.Finished(name, seed, key) is { } before)
        {
            session.Progress.StageReused(name, seed);
            return before.WallSeconds;
        }

        var context = new StageContext(session, name, seed, key, stage.Options.Data);
        File.Delete(context.In("done.json"));
        long start = Stopwatch.GetTimestamp();
        using (var scope = new TensorScope())
            stage.Run(context);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        session.Folder.Finish(name, seed, new StageRecord(key, seconds, new Dictionary<string, double>(context.Figures)));
        session.Store?.Keep(key, context.Folder, session.Progress);
        session.Progress.StageFinished(name, seed, seconds);
        return seconds;
    }

    private static string KeyOf(RunSession session, Stage stage, string name, long seed)
    {
        IEnumerable<string> reads = stage.Reads.Select(r =>
            session.Keys.TryGetValue((session.StageBehind(r), seed), out string? known) ? known : RoleText(session, r, seed));
        return StageKeys.Of(
        [
            BuildInfo.CodeVersionWith(session.Registry), name, OptionsText.Of(stage.Options),
            OptionsText.Of(stage.Options.Data ?? session.Recipe.Data),
            seed.ToString(CultureInfo.InvariantCulture), session.Device.ToString(),
            Engine.Threads.ToString(CultureInfo.InvariantCulture), Engine.Version,
            .. stage.UsesRoles.Select(r => RoleText(session, r, seed)), .. reads,
            session.Data.For(stage.Options.Data) is { Options.Dataset.HasFiles: true } data
                ? InputFiles.Below(data.Root)
                : string.Empty,
        ]);
    }

    private static string RoleText(RunSession session, string role, long seed)
    {
        RoleOptions options = session.RoleOptionsOf(role);
        string text = OptionsText.Of(options) + (options.Weights is { } weights ? InputFiles.Of(weights.FullPath) : string.Empty);
        // The search itself varies the role as it is written, and has no key yet.
        return options.Search is { } search ? text + session.Keys.GetValueOrDefault((search, seed)) : text;
    }

    /// <summary>The device that a recipe's text means on this machine.</summary>
    internal static Device DeviceOf(string text) => text switch
    {
        "auto" => Engine.CudaDevices > 0 ? Device.Cuda() : Device.Cpu,
        _ => Device.Parse(text) is { Type: DeviceType.Cuda } && Engine.CudaDevices == 0
            ? throw new RunException(
                "the recipe asks for CUDA, and libtorch finds no CUDA device here; `--set device=cpu` runs on the CPU.",
                isInputWrong: true)
            : Device.Parse(text),
    };

    // Two runs into one folder would overwrite each other's checkpoints.
    private static FileStream Lock(RunFolder folder)
    {
        const int tries = 5;
        for (int k = 1; ; k++)
        {
            try
            {
                return new FileStream(folder.In(".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (k < tries)
            {
                // A listing of runs asks for a moment whether the lock is held.
                Thread.Sleep(20);
            }
            catch (IOException e)
            {
                throw new RunException(
                    $"another run is using '{folder.Path}'; choose another folder with --out.", isInputWrong: true, e);
            }
        }
    }
}
