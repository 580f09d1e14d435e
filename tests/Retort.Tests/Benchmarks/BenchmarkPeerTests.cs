using Retort.Benchmarks;

namespace Retort.Tests.Benchmarks;

public sealed class BenchmarkPeerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("retort-peer-").FullName;

    [SkippableFact]
    public void It_greets_and_answers()
    {
        string script = Script(
            """
            import json, os, sys
            print(json.dumps({"peer": "fake " + sys.argv[1], "threads": int(os.environ["OMP_NUM_THREADS"])}), flush=True)
            for line in sys.stdin:
                print(0.5 * int(line.split()[1]), flush=True)
            """);
        using BenchmarkPeer peer = BenchmarkPeer.Start(script, ["1.0"], threads: 3);
        Assert.Equal(("fake 1.0", 3), (peer.Name, peer.Threads));
        Assert.Equal(3.5, peer.Run(7));
        Assert.Equal(0.5, peer.Run(1));
    }

    [SkippableFact]
    public void Its_last_words_are_in_the_message()
    {
        string script = Script("raise ImportError('No module named torch')");
        PeerException error = Assert.Throws<PeerException>(() => BenchmarkPeer.Start(script, [], threads: 1));
        Assert.Contains("ImportError: No module named torch", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void An_end_in_the_middle_is_an_error()
    {
        string script = Script("""print('{"peer": "fake", "threads": 1}', flush=True)""");
        using BenchmarkPeer peer = BenchmarkPeer.Start(script, [], threads: 1);
        Assert.StartsWith("The peer ended", Assert.Throws<PeerException>(() => peer.Run(1)).Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("hello", "began with 'hello'")]
    [InlineData("[]", "began with '[]'")]
    [InlineData("{}", "began with '{}'")]
    public void Another_greeting_is_an_error(string greeting, string complaint)
    {
        string script = Script($"print('{greeting}', flush=True)");
        Assert.Contains(
            complaint, Assert.Throws<PeerException>(() => BenchmarkPeer.Start(script, [], threads: 1)).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Silence_is_an_error_after_a_while()
    {
        string script = Script("import time; time.sleep(60)");
        PeerException error = Assert.Throws<PeerException>(
            () => BenchmarkPeer.Start(script, [], threads: 1, patience: TimeSpan.FromSeconds(0.2)));
        Assert.Equal("The peer did not answer within 0.2 s.", error.Message);
    }

    [Fact]
    public void A_missing_interpreter_is_named_with_what_to_do()
    {
        PeerException error = Assert.Throws<PeerException>(
            () => BenchmarkPeer.Start(Path.Combine(_folder, "any.py"), [], threads: 1, python: "/nowhere/python3"));
        Assert.Contains("'/nowhere/python3' could not be started", error.Message, StringComparison.Ordinal);
        Assert.Contains("python3-torch", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_benchmark_has_its_script_and_its_step_runs()
    {
        string scripts = BenchmarkCatalog.FindScripts()!;
        foreach (Benchmark benchmark in BenchmarkCatalog.All)
        {
            if (benchmark.Opponent is PyTorchScript peer)
                Assert.True(File.Exists(Path.Combine(scripts, peer.File)), peer.File);
            if (benchmark.Opponent is OwnLoop loop)
                loop.Open(null, threads: 1).Dispose();
            // Starting the program needs a published one, which tests do not build.
            if (benchmark.Opponent is TimeLimit)
                continue;
            using IBenchmarkStep step = benchmark.Prepare();
            step.Run(1);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Script(string text)
    {
        Skip.IfNot(File.Exists("/usr/bin/python3"), "there is no /usr/bin/python3");
        string path = Path.Combine(_folder, "peer.py");
        File.WriteAllText(path, text);
        return path;
    }
}
