namespace Retort.Benchmarks;

/// <summary>The other side of a benchmark, ready to run.</summary>
public interface IBenchmarkPeer : IDisposable
{
    /// <summary>What it is called beside its times.</summary>
    public string Name { get; }

    /// <summary>Does that many steps and gives the seconds they took.</summary>
    public double Run(int steps);
}
