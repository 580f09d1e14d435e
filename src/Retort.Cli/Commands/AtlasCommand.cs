using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Retort.Atlas;
using Retort.Recipes;
using Retort.Runs;

namespace Retort.Cli.Commands;

/// <summary><c>retort atlas</c>.</summary>
internal static class AtlasCommand
{
    private static readonly Option<string?> Root = new("--root")
    {
        Description = "The folder of the atlas (default: that of the checkout).",
        Recursive = true,
    };

    private static readonly Option<bool> Json = new("--json") { Description = "Print JSON.", Recursive = true };

    public static Command Create()
    {
        var markdown = new Option<string?>("--markdown")
        {
            Description = "Print the table as Markdown, or write it into the place that FILE has for it.",
            Arity = ArgumentArity.ZeroOrOne,
            HelpName = "FILE",
        };
        var command = new Command("atlas", "List what was claimed and measured of each method, or measure it again.")
        {
            markdown, Root, Json, RunCommandOf(), SearchCommandOf(),
        };
        command.SetAction(parsed =>
        {
            AtlasCatalog atlas = Open(parsed);
            (List<AtlasEntry> entries, int broken) = LoadAll(atlas);
            if (parsed.GetResult(markdown) is OptionResult { Implicit: false })
                Write(entries, parsed.GetValue(markdown));
            else if (parsed.GetValue(Json))
                Console.WriteLine(AtlasRow.ToJson(entries.Select(e => e.Row())));
            else
                List(entries);
            return broken == 0 ? Exit.Done : Exit.WrongInput;
        });
        return command;
    }

    private static Command RunCommandOf()
    {
        var slugs = new Argument<string[]>("SLUG") { Description = "Entries to measure.", Arity = ArgumentArity.ZeroOrMore };
        var all = new Option<bool>("--all") { Description = "Measure every entry." };
        var stale = new Option<bool>("--stale") { Description = "Measure the entries that were not measured as they stand." };
        var seeds = new Option<string?>("--seeds") { Description = "Use these seeds (0..4, or 1,5,9) and keep no result." };
        var jobs = new Option<int>("--jobs")
        {
            Description = "Compute so many seeds side by side, each with its share of the processors (default: as many as there "
                + "are).",
            DefaultValueFactory = _ => Environment.ProcessorCount,
            HelpName = "N",
        };
        (Option<string?> data, Option<string> runs, Option<bool> quiet) = Common();
        var command = new Command(
            "run", "Run entries and write result.json. A claim that does not hold is a result too: exit code 0.")
        {
            slugs, all, stale, seeds, jobs, data, runs, quiet,
        };
        command.SetAction(parsed =>
        {
            AtlasCatalog atlas = Open(parsed);
            List<AtlasEntry> chosen = Chosen(atlas, parsed.GetValue(slugs)!, parsed.GetValue(all), parsed.GetValue(stale));
            if (parsed.GetValue(jobs) is var beside && beside < 1)
            {
                throw new RunException(
                    FormattableString.Invariant($"--jobs is {beside}; it must be at least 1."), isInputWrong: true);
            }
            var options = new AtlasRunOptions
            {
                Runs = parsed.GetValue(runs)!,
                Seeds = SeedsOf(parsed.GetValue(seeds)),
                Jobs = beside,
                Program = ComparisonInput.Program(),
                Say = parsed.GetValue(quiet) ? null : Console.Error.WriteLine,
            };
            UseData(parsed.GetValue(data));
            bool json = parsed.GetValue(Json);
            var measured = new List<AtlasRow>();
            using var signals = new StopSignals();
            foreach (AtlasEntry entry in chosen)
            {
                using var progress = new ConsoleProgress(parsed.GetValue(quiet));
                AtlasResult result = AtlasRunner.Run(entry, options, progress, signals.Token);
                progress.Dispose();
                if (!json)
                    Say(entry, result);
                // Read again, so that what is printed is what the next listing will say.
                if (options.Seeds is null)
                    measured.Add(atlas.Load(entry.Slug, RetortCatalog.Default).Row());
            }

            if (json)
                Console.WriteLine(AtlasRow.ToJson(measured));
            return Exit.Done;
        });
        return command;
    }

    private static Command SearchCommandOf()
    {
        var slugs = new Argument<string[]>("SLUG")
        {
            Description = "Entries whose settings to search.",
            Arity = ArgumentArity.OneOrMore,
        };
        (Option<string?> data, Option<string> runs, Option<bool> quiet) = Common();
        var command = new Command("search", "Choose the settings that a claim names, on validation data; write search.json.")
        {
            slugs, data, runs, quiet,
        };
        command.SetAction(parsed =>
        {
            AtlasCatalog atlas = Open(parsed);
            List<AtlasEntry> chosen = Chosen(atlas, parsed.GetValue(slugs)!, all: false, stale: false);
            UseData(parsed.GetValue(data));
            using var signals = new StopSignals();
            foreach (AtlasEntry entry in chosen)
            {
                using var progress = new ConsoleProgress(parsed.GetValue(quiet));
                var options = new AtlasRunOptions { Runs = parsed.GetValue(runs)! };
                IReadOnlyList<AtlasSearchResult> found = AtlasRunner.Search(entry, options, progress, signals.Token);
                progress.Dispose();
                foreach (AtlasSearchResult result in found)
                    Say(entry, result);
            }

            return Exit.Done;
        });
        return command;
    }

    private static (Option<string?> Data, Option<string> Runs, Option<bool> Quiet) Common() =>
    (
        new Option<string?>("--data-root") { Description = "Folder of the data sets' folders (default: RETORT_DATA, or data)." },
        new Option<string>("--out")
        {
            Description = "The folder of runs and of the stages that they share.",
            DefaultValueFactory = _ => "runs",
        },
        new Option<bool>("--quiet") { Description = "Print results only." });

    private static AtlasCatalog Open(ParseResult parsed) => parsed.GetValue(Root) is { } folder
        ? new AtlasCatalog(folder)
        : AtlasCatalog.Find()
            ?? throw new RunException("no atlas was found: it lies in a checkout, or where --root says.", isInputWrong: true);

    // One broken entry must not hide the others: it is named on standard error, and the exit code says that something is wrong.
    private static (List<AtlasEntry> Entries, int Broken) LoadAll(AtlasCatalog atlas)
    {
        var entries = new List<AtlasEntry>();
        int broken = 0;
        foreach (string slug in atlas.Slugs)
        {
            try
            {
                entries.Add(atlas.Load(slug, RetortCatalog.Default));
            }
            catch (RecipeException e)
            {
                broken++;
                Console.Error.WriteLine(e.Message);
            }
            catch (RunException e)
            {
                broken++;
                Console.Error.WriteLine($"error: {e.Message}");
            }
        }

        return (entries, broken);
    }

    private static List<AtlasEntry> Chosen(AtlasCatalog atlas, string[] slugs, bool all, bool stale)
    {
        if (slugs.Length > 0 && (all || stale))
            throw new RunException("name entries, or --all, or --stale; not several of these.", isInputWrong: true);
        if (slugs.Length == 0 && !all && !stale)
        {
            throw new RunException(
                $"name an entry, or --all, or --stale. There are: {string.Join(", ", atlas.Slugs)}.", isInputWrong: true);
        }

        IEnumerable<string> names = slugs.Length > 0 ? slugs.Distinct() : atlas.Slugs;
        return [.. names.Select(s => atlas.Load(s, RetortCatalog.Default)).Where(e => !stale || e.IsStale)];
    }

    private static Seeds? SeedsOf(string? text)
    {
        try
        {
            return text is null ? null : Seeds.Parse(text);
        }
        catch (FormatException e)
        {
            throw new RunException($"--seeds: {e.Message}", isInputWrong: true, e);
        }
    }

    private static void UseData(string? folder)
    {
        if (folder is null)
            return;
        if (!Directory.Exists(folder))
            throw new RunException($"--data-root: there is no folder '{folder}'.", isInputWrong: true);
        Environment.SetEnvironmentVariable("RETORT_DATA", Path.GetFullPath(folder));
    }

    private static void Write(List<AtlasEntry> entries, string? file)
    {
        if (file is null)
            Console.Write(AtlasPage.Table(entries));
        else
            AtlasPage.Update(file, entries);
    }

    private static void List(List<AtlasEntry> entries)
    {
        if (entries.Count == 0)
        {
            Console.WriteLine("The atlas is empty.");
            return;
        }

        AtlasRow[] rows = [.. entries.Select(e => e.Row())];
        int width = rows.Max(r => r.Slug.Length);
        foreach (IGrouping<string, AtlasRow> family in rows.GroupBy(r => r.Family).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            Console.WriteLine(family.Key);
            foreach (AtlasRow row in family)
                Console.WriteLine($"  {row.Slug.PadRight(width)}  {Verdict(row),-14}{Measured(row)}  {row.Claim}");
        }

        int held = rows.Count(r => r.Holds is true), failed = rows.Count(r => r.Holds is false);
        int rest = rows.Length - held - failed;
        Console.WriteLine($"{rows.Length} claims: {held} hold, {failed} do not, {rest} are not measured as they stand.");
    }

    private static string Verdict(AtlasRow row) => row.Holds switch
    {
        true => "holds",
        false => "does not hold",
        null => "not measured",
    };

    private static string Measured(AtlasRow row) => row.Holds is null
        ? string.Empty
        : string.Create(
            CultureInfo.InvariantCulture, $"{row.Mean:F4} against {row.Baseline:F4} ± {row.Spread:F4} ({row.Seeds} seeds)");

    private static void Say(AtlasEntry entry, AtlasResult result)
    {
        string verdict = result.Holds ? "holds" : "does not hold";
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{entry.Slug}: {verdict} ({result.Seeds.Count} seeds, {result.WallSeconds:F0} s of computing)"));
        foreach (AtlasCheck check in result.Checks)
            Console.WriteLine($"  {(check.Holds ? "yes" : "no ")}  {check.Inequality}: {AtlasPage.Outcome(check)}");
    }

    private static void Say(AtlasEntry entry, AtlasSearchResult result)
    {
        Console.WriteLine($"{entry.Slug}: {result.Set}");
        foreach ((string value, IReadOnlyList<double> accuracy) in result.Accuracy)
        {
            string mark = value == result.Best ? "best" : "    ";
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {mark}  {value}: {accuracy.Average():F4}"));
        }

        if (!AtlasRunner.Uses(entry, result))
            Console.WriteLine($"  The recipe has another value; write {result.Best}.");
    }
}
