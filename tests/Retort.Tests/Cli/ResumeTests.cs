using System.Diagnostics;
using System.Security.Cryptography;

namespace Retort.Tests.Cli;

public sealed class ResumeTests : IDisposable
{
    private static readonly string[] Stages = ["teacher", "student-baseline", "student-distilled"];
    private readonly string _folder = Directory.CreateTempSubdirectory("retort-resume-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Killed_at_random_moments_and_resumed_a_run_ends_with_the_same_bits()
    {
        string recipe = TinyRecipe.Write(_folder);
        long begin = Stopwatch.GetTimestamp();
        CommandResult whole = CommandLine.Run(_folder, "run", recipe, "--out", "whole", "--quiet");
        Assert.True(whole.Code == 0, whole.Error);
        double seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        string expected = Digest("whole");

        var random = new Random(20);
        for (int kill = 0; kill < 10; kill++)
        {
            using Process process = CommandLine.Start(_folder, "run", recipe, "--out", "broken", "--resume", "--quiet");
            process.OutputDataReceived += (_, _) => { };
            process.ErrorDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            Thread.Sleep(TimeSpan.FromSeconds(seconds * (0.25 + 0.7 * random.NextDouble())));
            process.Kill();
            process.WaitForExit();
        }

        CommandResult last = CommandLine.Run(_folder, "run", recipe, "--out", "broken", "--resume", "--quiet");
        Assert.True(last.Code == 0, last.Error);
        Assert.Equal(expected, Digest("broken"));
        Assert.Equal(Lines("whole"), Lines("broken"));
    }

    [Fact]
    public void Interrupted_a_run_saves_and_says_130_and_goes_on()
    {
        string recipe = TinyRecipe.Write(_folder, TinyRecipe.Text.Replace("epochs: 3", "epochs: 400", StringComparison.Ordinal));
        using Process process = CommandLine.Start(_folder, "run", recipe, "--out", "run");
        var heard = new ManualResetEventSlim();
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, e) =>
        {
            if (e.Data?.Contains("step", StringComparison.Ordinal) == true)
                heard.Set();
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        Assert.True(heard.Wait(TimeSpan.FromMinutes(1)), "no step was reported.");
        Process.Start("kill", ["-INT", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)])!.WaitForExit();
        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(1)), "the run did not stop.");
        Assert.Equal(130, process.ExitCode);
        Assert.True(File.Exists(Path.Combine(_folder, "run", "seed-3", "teacher", "checkpoint.safetensors")));
    }

    [Fact]
    public void A_second_run_uses_finished_stages_again_and_repeats_what_changed()
    {
        string recipe = TinyRecipe.Write(_folder);
        Assert.Equal(0, CommandLine.Run(_folder, "run", recipe, "--out", "run").Code);
        CommandResult again = CommandLine.Run(_folder, "run", recipe, "--out", "run");
        Assert.Equal(4, again.Error.Split("unchanged, used again").Length - 1);
        CommandResult changed = CommandLine.Run(_folder, "run", recipe, "--out", "run", "--set", "stages.student-distilled.epochs=2");
        Assert.True(changed.Code == 0, changed.Error);
        Assert.Equal(2, changed.Error.Split("unchanged, used again").Length - 1);
    }

    private string Digest(string run) => string.Join('\n', Stages.Select(stage => Convert.ToHexString(SHA256.HashData(
        File.ReadAllBytes(Path.Combine(_folder, run, "seed-3", stage, "model.safetensors"))))));

    // Every line but for the clock: what was logged before a kill and lost, or logged twice, would show.
    private string[] Lines(string run) =>
    [
        .. File.ReadLines(Path.Combine(_folder, run, "metrics.jsonl"))
            .Select(line => System.Text.RegularExpressions.Regex.Replace(line, "\"(wall_s|time|wall_seconds|timestamp)\":[^,}]*", string.Empty)),
    ];
}
