namespace Retort.Benchmarks;

/// <summary>An opponent in plain PyTorch: a script of <c>benchmarks/pytorch</c>, run by a process of its own.</summary>
/// <param name="File">The script's name.</param>
/// <param name="Arguments">What it is given.</param>
public sealed record PyTorchScript(string File, params IReadOnlyList<string> Arguments) : BenchmarkOpponent
{
    /// <inheritdoc/>
    public override bool IsAtHand => false;

    /// <inheritdoc/>
    public override IBenchmarkPeer Open(string? scripts, int threads) => BenchmarkPeer.Start(
        Path.Combine(
            scripts ?? throw new PeerException("benchmarks/pytorch was not found: PyTorch's side needs a checkout."), File),
        Arguments, threads);
}
