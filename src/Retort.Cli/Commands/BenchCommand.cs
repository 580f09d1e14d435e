using System.CommandLine;
using System.Globalization;
using Retort.Benchmarks;
using Retort.Recipes;
using Retort.Runs;
using Retort.Torch;

namespace Retort.Cli.Commands;

/// <summary><c>retort bench</c>.</summary>
internal static class BenchCommand
{
    private const string PyTorch = "pytorch";

    public static Command Create()
    {
        var names = new Argument<string[]>("NAME")
        {
            Description = $"What to measure (default: all): {string.Join(", ", BenchmarkCatalog.All.Select(b => b.Name))}.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var against = new Option<string?>("--vs")
        {
            Description = "Measure a peer in turn with us: pytorch (Debian: python3-torch).",
        };
        var threads = new Option<int>("--threads")
        {
            Description = "Threads of each side (default: one a processor).",
            DefaultValueFactory = _ => Environment.ProcessorCount,
        };
        var rounds = new Option<int>("--rounds")
        {
            Description = "How often each side runs.",
            DefaultValueFactory = _ => new BenchmarkOptions().Rounds,
        };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var save = new Option<string?>("--save") { Description = "Write a report with machine, date and commit to this file." };
        var command = new Command("bench", "Measure Retort, alone or against PyTorch; exit 1 where a target is missed.")
        {
            names, against, threads, rounds, json, save,
        };
        command.SetAction(parsed => Run(
            Chosen(parsed.GetValue(names) ?? []), RequirePeer(parsed.GetValue(against)),
            RequireAtLeastOne("--threads", parsed.GetValue(threads)), RequireAtLeastOne("--rounds", parsed.GetValue(rounds)),
            parsed.GetValue(json), parsed.GetValue(save)));
        return command;
    }

    private static int Run(IReadOnlyList<Benchmark> benchmarks, bool compare, int threads, int rounds, bool json, string? save)
    {
        string scripts = BenchmarkCatalog.FindScripts() ?? (compare
            ? throw new RunException("benchmarks/pytorch was not found: --vs needs a checkout of Retort.", isInputWrong: true)
            : string.Empty);
        Engine.Threads = threads;
        var rows = new List<BenchmarkRow>();
        foreach (Benchmark benchmark in benchmarks)
        {
            BenchmarkRow row = Measure(benchmark, compare ? scripts : null, threads, new BenchmarkOptions { Rounds = rounds });
            rows.Add(row);
            if (!json)
                Console.WriteLine(Line(row));
        }

        if (json)
            Console.WriteLine(BenchmarkRow.ToJson(rows));
        if (save is not null)
            BenchmarkReport.Create(rows, threads, scripts.Length == 0 ? "." : scripts, TimeProvider.System).Save(save);
        return rows.Exists(row => row.IsMissed()) ? Exit.Failed : Exit.Done;
    }

    private static BenchmarkRow Measure(Benchmark benchmark, string? scripts, int threads, BenchmarkOptions options)
    {
        try
        {
            using IBenchmarkStep ours = benchmark.Prepare();
            if (scripts is null && !benchmark.Opponent.IsAtHand)
                return BenchmarkPair.Measure(benchmark, ours, options: options);
            using IBenchmarkPeer peer = benchmark.Opponent.Open(scripts, threads);
            return BenchmarkPair.Measure(benchmark, ours, peer.Run, peer.Name, options);
        }
        catch (PeerException e)
        {
            throw new RunException($"{benchmark.Name}: {e.Message}", inner: e);
        }
    }

    private static string Line(BenchmarkRow row)
    {
        string ours = string.Create(CultureInfo.InvariantCulture, $"{row.Name,-18} {row.MedianMs,10:G4} ms");
        return row.RatioMedian is null ? ours : ours + string.Create(
            CultureInfo.InvariantCulture,
            $"  {row.Peer} {row.PeerMedianMs,8:G4} ms  ratio {row.RatioMedian:F2} ({row.RatioMin:F2} to {row.RatioMax:F2})  "
            + $"target {row.Target:F2}{(row.IsMissed() ? "  MISSED" : string.Empty)}");
    }

    private static IReadOnlyList<Benchmark> Chosen(string[] names)
    {
        if (names.Length == 0)
            return BenchmarkCatalog.All;
        return Array.ConvertAll(names, name => BenchmarkCatalog.All.FirstOrDefault(b => b.Name == name) ?? throw Unknown(name));
    }

    private static RunException Unknown(string name)
    {
        string? nearest = Spelling.Nearest(name, BenchmarkCatalog.All.Select(b => b.Name));
        string hint = nearest is null ? string.Empty : $"; nearest: {nearest}";
        string all = string.Join(", ", BenchmarkCatalog.All.Select(b => b.Name));
        return new RunException($"there is no benchmark '{name}'{hint}. There are: {all}.", isInputWrong: true);
    }

    private static bool RequirePeer(string? peer) => peer switch
    {
        null => false,
        PyTorch => true,
        _ => throw new RunException($"--vs knows no '{peer}'; it knows: {PyTorch}.", isInputWrong: true),
    };

    private static int RequireAtLeastOne(string option, int value) => value >= 1
        ? value
        : throw new RunException(FormattableString.Invariant($"{option} is {value}; it must be at least 1."), isInputWrong: true);
}
