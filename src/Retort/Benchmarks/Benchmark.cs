namespace Retort.Benchmarks;

/// <summary>Something measured against an opponent in the same run.</summary>
/// <param name="Name">What <c>retort bench</c> calls it; kebab-case.</param>
/// <param name="Description">One line for the list of benchmarks.</param>
/// <param name="Target">The largest ratio of our time to the opponent's that is accepted.</param>
/// <param name="CallsPerStep">How many of the measured things a step holds; times are given for one of them.</param>
/// <param name="Opponent">What it is measured against.</param>
/// <param name="Prepare">Makes our side.</param>
public sealed record Benchmark(
    string Name, string Description, double Target, int CallsPerStep, BenchmarkOpponent Opponent, Func<IBenchmarkStep> Prepare);
