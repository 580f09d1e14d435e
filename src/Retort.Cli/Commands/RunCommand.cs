using System.CommandLine;
using System.Globalization;
using Retort.Recipes;
using Retort.Registry;
using Retort.Runs;

namespace Retort.Cli.Commands;

/// <summary><c>retort run RECIPE</c>.</summary>
internal static class RunCommand
{
    private const string UnsafeInAShell = "'\"{}[]$&;|<>*?()!#~`\\";

    public static Command Create()
    {
        var recipes = new Argument<string[]>("RECIPE")
        {
            Description = "Recipe files. All are checked before one is run; each has a folder and a process of its own.",
            Arity = ArgumentArity.OneOrMore,
        };
        recipes.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(t => t.Value.StartsWith('-')))
                result.AddError($"there is no option '{token.Value}'.");
        });
        var output = new Option<string?>("--out")
        {
            Description = "Folder of the run (default: runs/NAME); with several recipes, the folder of theirs (default: runs).",
        };
        var seed = new Option<long?>("--seed") { Description = "Run with this seed alone." };
        var seeds = new Option<string?>("--seeds") { Description = "Run with these seeds: 0..4, or 1,5,9." };
        var set = new Option<string[]>("--set") { Description = "Override a value of the recipe: path.to.key=value." };
        var jobs = new Option<int>("--jobs")
        {
            Description = "Run so many of several recipes side by side, as far as the processors suffice: each gets its share of "
                + "them as its threads, unless its recipe says threads. Results depend on the number of threads, which stands in "
                + "each run's recipe and environment: runs with another one are trained anew.",
            DefaultValueFactory = _ => 1,
        };
        var resume = new Option<bool>("--resume") { Description = "Take up the checkpoints of an interrupted run." };
        var store = new Option<string?>("--stage-store")
        {
            Description = "Share finished stages with other runs through this folder, which may be deleted at any time.",
            HelpName = "DIR",
        };
        var dry = new Option<bool>("--dry-run") { Description = "Check everything and stop before the first stage." };
        var quiet = new Option<bool>("--quiet") { Description = "Print results only." };
        Option<string[]> plugin = PluginOption.Create();
        var command = new Command("run", "Run recipes: train, distil, evaluate, report.")
        {
            recipes, output, seed, seeds, set, jobs, resume, store, dry, quiet, plugin,
        };
        command.SetAction(parsed => Run(new RunArguments
        {
            Recipes = parsed.GetRequiredValue(recipes),
            Out = parsed.GetValue(output),
            Seed = parsed.GetValue(seed),
            Seeds = parsed.GetValue(seeds),
            Set = parsed.GetValue(set) ?? [],
            Jobs = parsed.GetValue(jobs),
            Resume = parsed.GetValue(resume),
            StageStore = parsed.GetValue(store),
            DryRun = parsed.GetValue(dry),
            Quiet = parsed.GetValue(quiet),
            Plugins = parsed.GetValue(plugin) ?? [],
            Registry = PluginOption.RegistryOf(parsed, plugin),
        }));
        return command;
    }

    private static int Run(RunArguments arguments)
    {
        if (arguments.Jobs < 1)
            throw new RunException(
                FormattableString.Invariant($"--jobs is {arguments.Jobs}; it must be at least 1."), isInputWrong: true);
        Seeds? seeds = SeedsOf(arguments.Seed, arguments.Seeds);
        if (arguments.DryRun)
            return arguments.Recipes.Max(path => Exit.Guard(() => Check(path, arguments)));
        return arguments.Recipes.Count == 1 ? RunOne(arguments, seeds) : BatchPlan.Run(arguments);
    }

    private static int RunOne(RunArguments arguments, Seeds? seeds)
    {
        string path = arguments.Recipes[0];
        RecipeDocument document = RecipeDocument.Load(path, arguments.Set);
        using var signals = new StopSignals();
        using var progress = new ConsoleProgress(arguments.Quiet);
        progress.Finished(
            Runner.Run(
                document,
                new RunOptions
                {
                    Out = arguments.Out,
                    Resume = arguments.Resume,
                    Seeds = seeds,
                    StageStore = arguments.StageStore,
                    CommandLine = CommandLineOf(path, arguments),
                    Registry = arguments.Registry,
                    Trackers = Telemetry.FromEnvironment(Path.GetFileNameWithoutExtension(path)),
                },
                progress, signals.Token),
            path);
        return Exit.Done;
    }

    private static int Check(string path, RunArguments arguments)
    {
        RecipeDocument document = RecipeDocument.Load(path, arguments.Set);
        (RecipePlan plan, Binding<Recipe> binding) = Runner.Check(document, arguments.Registry);
        using (plan)
            binding.ThrowIfWrong();
        Console.WriteLine($"{path}: nothing is wrong; nothing was run.");
        return Exit.Done;
    }

    private static Seeds? SeedsOf(long? one, string? several)
    {
        if (one is not null && several is not null)
            throw new RunException("--seed and --seeds exclude each other.", isInputWrong: true);
        if (one is < 0)
            throw new RunException($"--seed is {one}; seeds are whole numbers from 0.", isInputWrong: true);
        try
        {
            return one is { } seed ? [(ulong)seed] : several is null ? null : Seeds.Parse(several);
        }
        catch (FormatException e)
        {
            throw new RunException($"--seeds: {e.Message}", isInputWrong: true, e);
        }
    }

    private static string CommandLineOf(string path, RunArguments arguments) => string.Join(
        ' ', ["./retort", "run", Quoted(path), .. arguments.Overrides().Select(Quoted)]);

    private static string Quoted(string argument) =>
        argument.Any(c => char.IsWhiteSpace(c) || UnsafeInAShell.Contains(c, StringComparison.Ordinal))
            ? $"'{argument.Replace("'", "'\\''", StringComparison.Ordinal)}'"
            : argument;
}

/// <summary>What the command line of <c>retort run</c> said.</summary>
internal sealed record RunArguments
{
    public required IReadOnlyList<string> Recipes { get; init; }

    public required string? Out { get; init; }

    public required long? Seed { get; init; }

    public required string? Seeds { get; init; }

    public required IReadOnlyList<string> Set { get; init; }

    public required int Jobs { get; init; }

    public required bool Resume { get; init; }

    public string? StageStore { get; init; }

    public required bool DryRun { get; init; }

    public required bool Quiet { get; init; }

    public required IReadOnlyList<string> Plugins { get; init; }

    public required ComponentRegistry Registry { get; init; }

    /// <summary>The arguments on which a run's results depend, to say them again.</summary>
    public IEnumerable<string> Overrides() =>
    [
        .. Set.SelectMany(value => new[] { "--set", value }),
        .. Seed is { } one ? ["--seed", one.ToString(CultureInfo.InvariantCulture)] : Array.Empty<string>(),
        .. Seeds is { } several ? ["--seeds", several] : Array.Empty<string>(),
        .. Plugins.SelectMany(plugin => new[] { "--plugin", plugin }),
    ];
}
