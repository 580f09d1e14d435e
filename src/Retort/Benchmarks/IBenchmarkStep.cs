namespace Retort.Benchmarks;

/// <summary>Our side of a benchmark: what is measured, with all that it needs prepared.</summary>
public interface IBenchmarkStep : IDisposable
{
    /// <summary>Does that many steps and waits until they are done.</summary>
    public void Run(int steps);
}
