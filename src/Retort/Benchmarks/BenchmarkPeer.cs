using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Retort.Torch;

namespace Retort.Benchmarks;

/// <summary>The other side of a benchmark: a process that does N steps when told <c>run N</c> and answers with the seconds
/// they took.</summary>
/// <remarks>
/// While it waits for a line it uses no processor time, so that the two sides can alternate on one machine. See
/// <c>benchmarks/pytorch/peer.py</c> for what it speaks.
/// </remarks>
public sealed class BenchmarkPeer : IBenchmarkPeer
{
    private const int KeptErrorLines = 5;

    private readonly Process _process;
    private readonly TimeSpan _patience;
    private readonly Queue<string> _errors = new();
    private bool _disposed;

    private BenchmarkPeer(Process process, TimeSpan patience)
    {
        _process = process;
        _patience = patience;
        _process.ErrorDataReceived += (_, line) => KeepError(line.Data);
        _process.BeginErrorReadLine();
    }

    /// <summary>What it is, with its version, as it says itself.</summary>
    public string Name { get; private set; } = string.Empty;

    /// <summary>How many threads it says that it uses.</summary>
    public int Threads { get; private set; }

    /// <summary>Starts a Python script and waits until it is ready.</summary>
    /// <param name="script">Path of the script.</param>
    /// <param name="arguments">What it is given.</param>
    /// <param name="threads">How many threads it may use, at least 1.</param>
    /// <param name="python">The interpreter; null for <c>RETORT_PYTHON</c>, or else Debian's, which has the same libtorch as
    /// we.</param>
    /// <param name="patience">How long it may take to answer; null for five minutes.</param>
    /// <exception cref="PeerException">It did not start, or ended.</exception>
    public static BenchmarkPeer Start(
        string script, IReadOnlyList<string> arguments, int threads, string? python = null, TimeSpan? patience = null)
    {
        ArgumentNullException.ThrowIfNull(script);
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        var start = new ProcessStartInfo(python ?? DefaultPython())
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetDirectoryName(Path.GetFullPath(script)),
        };
        start.ArgumentList.Add(Path.GetFullPath(script));
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment["OMP_NUM_THREADS"] = threads.ToString(CultureInfo.InvariantCulture);
        // As many threads, and these wait as ours do: left to themselves they spin, which halves the speed of the peer's matrix
        // products and adds an eighth to that of its convolutions, and neither says anything about the two programs.
        if (Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null
            && Environment.GetEnvironmentVariable("GOMP_SPINCOUNT") is null)
        {
            start.Environment["GOMP_SPINCOUNT"] = Engine.WorkerSpins.ToString(CultureInfo.InvariantCulture);
        }
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new PeerException(
                $"'{start.FileName}' could not be started ({e.Message}). Install Python and PyTorch (Debian: python3-torch), "
                + "or set RETORT_PYTHON to an interpreter that has PyTorch.", e);
        }

        var peer = new BenchmarkPeer(process, patience ?? TimeSpan.FromMinutes(5));
        try
        {
            peer.Greet();
            return peer;
        }
        catch
        {
            peer.Dispose();
            throw;
        }
    }

    /// <summary>Lets it do some steps.</summary>
    /// <returns>How many seconds it needed.</returns>
    /// <exception cref="PeerException">It ended, or answered with something else.</exception>
    public double Run(int steps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        ObjectDisposedException.ThrowIf(_disposed, this);
        try
        {
            _process.StandardInput.Write(string.Create(CultureInfo.InvariantCulture, $"run {steps}\n"));
            _process.StandardInput.Flush();
        }
        catch (IOException e)
        {
            throw Ended(e);
        }

        string answer = ReadLine();
        return double.TryParse(answer, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) && seconds > 0
            ? seconds
            : throw new PeerException($"The peer answered '{answer}', where a number of seconds was expected.");
    }

    /// <summary>Ends the process. Safe to call twice.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        try
        {
            _process.StandardInput.Close();
            if (!_process.WaitForExit(1000))
                _process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or IOException)
        {
            // It has ended by itself.
        }

        _process.Dispose();
    }

    private static string DefaultPython() =>
        Environment.GetEnvironmentVariable("RETORT_PYTHON") is { Length: > 0 } chosen
            ? chosen
            : File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";

    private void Greet()
    {
        string line = ReadLine();
        try
        {
            using JsonDocument greeting = JsonDocument.Parse(line);
            Name = greeting.RootElement.GetProperty("peer").GetString() ?? string.Empty;
            Threads = greeting.RootElement.GetProperty("threads").GetInt32();
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new PeerException($"The peer began with '{line}', where JSON with 'peer' and 'threads' was expected.", e);
        }
    }

    private string ReadLine()
    {
        Task<string?> reading = _process.StandardOutput.ReadLineAsync();
        if (!reading.Wait(_patience))
            throw new PeerException(FormattableString.Invariant($"The peer did not answer within {_patience.TotalSeconds} s."));
        return reading.Result ?? throw Ended();
    }

    private PeerException Ended(Exception? inner = null)
    {
        // Its last words may come after its end.
        _process.WaitForExit(1000);
        string[] errors;
        lock (_errors)
            errors = [.. _errors];
        string words = errors.Length == 0 ? "it said nothing" : string.Join(" | ", errors);
        return new PeerException(
            $"The peer ended ({words}). It needs PyTorch; RETORT_PYTHON names the interpreter that has it.", inner);
    }

    private void KeepError(string? line)
    {
        if (string.IsNullOrWhiteSpace(line))
            return;
        lock (_errors)
        {
            _errors.Enqueue(line.Trim());
            if (_errors.Count > KeptErrorLines)
                _errors.Dequeue();
        }
    }
}
