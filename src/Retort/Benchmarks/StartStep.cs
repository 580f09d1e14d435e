using System.ComponentModel;
using System.Diagnostics;

namespace Retort.Benchmarks;

/// <summary>Starts the built program on a small recipe and waits until it has done its first training step.</summary>
/// <remarks>
/// In a checkout that is <c>./retort</c> with its set-up checks, as from a prompt; elsewhere the program itself. All that a run
/// does first is in it: reading the recipe, drawing the quickstart's characters, building the network.
/// </remarks>
internal sealed class StartStep : IBenchmarkStep
{
    // Of its one epoch `epochs` leaves a single step; nothing is evaluated.
    private const string Recipe = """
        recipe: 1
        name: start
        seeds: [0]
        data: { dataset: glyphs, train: 6000, test: 3000, batch_size: 128 }
        roles:
          teacher: { model: cifar-resnet8, in_channels: 1, classes: 36 }
        stages:
          - train: { name: teacher, role: teacher, criteria: [cross-entropy], epochs: 0.02, evaluate_every: 0 }
        """;

    private const string FirstStep = "step 1/1";

    private readonly string _folder = Directory.CreateTempSubdirectory("retort-start-").FullName;
    private readonly string _program = FindProgram();
    private int _runs;

    internal StartStep() => File.WriteAllText(Path.Combine(_folder, "start.yaml"), Recipe);

    /// <inheritdoc/>
    public void Run(int steps)
    {
        for (int step = 0; step < steps; step++)
            RunOnce(Path.Combine(_folder, FormattableString.Invariant($"run-{_runs++}")));
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string FindProgram()
    {
        string? script = BenchmarkCatalog.FindScripts() is { } scripts
            ? Path.GetFullPath(Path.Combine(scripts, "..", "..", "retort"))
            : null;
        return script is not null && File.Exists(script) ? script : Environment.ProcessPath!;
    }

    private void RunOnce(string output)
    {
        var start = new ProcessStartInfo(_program, ["run", Path.Combine(_folder, "start.yaml"), "--out", output])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new PeerException($"'{_program}' could not be started ({e.Message}).", e);
        }

        using (process)
        {
            string last = "it said nothing";
            while (process.StandardError.ReadLine() is { } line)
            {
                if (line.Contains(FirstStep, StringComparison.Ordinal))
                {
                    process.Kill(entireProcessTree: true);
                    process.WaitForExit();
                    return;
                }

                last = line;
            }

            throw new PeerException($"'{_program}' ended before its first step ({last}).");
        }
    }
}
