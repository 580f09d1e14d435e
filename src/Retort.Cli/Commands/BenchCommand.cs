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
    public static Command Create()
    {
        var names = new Argument<string[]>("NAME") { Description = "Benchmarks; all by default.", Arity = ArgumentArity.ZeroOrMore };
        var versus = new Option<string?>("--vs") { Description = "Compare with a peer in the same run: pytorch." };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var threads = new Option<int?>("--threads") { Description = "Threads of both sides (default: the machine's cores)." };
        var rounds = new Option<int?>("--rounds") { Description = "How often each side runs (default 11)." };
        var save = new Option<string?>("--save") { Description = "Also write the report to this file." };
        var command = new Command("bench", "Measure what Retort costs, alone or against PyTorch; exit 1 where a target is missed.") { names, versus, json, threads, rounds, save };
        command.SetAction(parsed =>
        {
            Benchmark[] chosen = Choose(parsed.GetValue(names) ?? []);
            if (parsed.GetValue(versus) is { } peer && peer != "pytorch")
                throw new RunException($"--vs '{peer}' is no peer; there is: pytorch.", isInputWrong: true);
            int count = parsed.GetValue(threads) ?? Environment.ProcessorCount;
            if (count < 1)
                throw new RunException($"--threads is {count}; at least 1 is needed.", isInputWrong: true);
            Engine.Threads = count;
            var options = parsed.GetValue(rounds) is { } given ? new BenchmarkOptions { Rounds = Math.Max(1, given) } : new BenchmarkOptions();
            var rows = new List<BenchmarkRow>();
            foreach (Benchmark benchmark in chosen)
            {
                BenchmarkRow row = Measure(benchmark, parsed.GetValue(versus) is not null, count, options);
                rows.Add(row);
                if (!parsed.GetValue(json))
                    Print(row);
            }

            if (parsed.GetValue(json))
                Console.WriteLine(BenchmarkRow.ToJson(rows));
            if (parsed.GetValue(save) is { } path)
                BenchmarkReport.Create(rows, count, Directory.GetCurrentDirectory(), TimeProvider.System).Save(path);
            return rows.Exists(r => r.IsMissed()) ? Exit.Failed : Exit.Done;
        });
        return command;
    }

    private static Benchmark[] Choose(string[] names)
    {
        string[] known = [.. BenchmarkCatalog.All.Select(b => b.Name)];
        foreach (string name in names.Where(n => !known.Contains(n)))
        {
            string? nearest = Spelling.Nearest(name, known);
            throw new RunException($"there is no benchmark '{name}'; {(nearest is null ? $"there are: {string.Join(", ", known)}" : $"nearest: {nearest}")}.", isInputWrong: true);
        }

        return [.. BenchmarkCatalog.All.Where(b => names.Length == 0 || names.Contains(b.Name))];
    }

    private static BenchmarkRow Measure(Benchmark benchmark, bool versus, int threads, BenchmarkOptions options)
    {
        using IBenchmarkStep ours = benchmark.Prepare();
        if (!versus)
            return BenchmarkPair.Measure(benchmark, ours, options: options);
        string scripts = BenchmarkCatalog.FindScripts()
            ?? throw new RunException("benchmarks/pytorch was not found; run the command from a checkout.", isInputWrong: true);
        try
        {
            using BenchmarkPeer peer = BenchmarkPeer.Start(Path.Combine(scripts, benchmark.PeerScript), benchmark.PeerArguments, threads);
            return BenchmarkPair.Measure(benchmark, ours, peer.Run, peer.Name, options);
        }
        catch (PeerException e)
        {
            throw new RunException($"PyTorch could not be measured: {e.Message}. Install python3-torch, or name an interpreter in RETORT_PYTHON.", inner: e);
        }
    }

    private static void Print(BenchmarkRow row) => Console.WriteLine(row.RatioMedian is null
        ? string.Create(CultureInfo.InvariantCulture, $"{row.Name,-14} {row.MedianMs:G4} ms")
        : string.Create(CultureInfo.InvariantCulture,
            $"{row.Name,-14} {row.MedianMs:G4} ms  {row.Peer} {row.PeerMedianMs:G4} ms  ratio {row.RatioMedian:F2} ({row.RatioMin:F2} … {row.RatioMax:F2})  target {row.Target:F2}  {(row.IsMissed() ? "MISSED" : "held")}"));
}
