using System.Diagnostics;
using Retort.Data;
using Retort.Distillation;

namespace Retort.Runs.Explain;

/// <summary>A teacher with a clock: remembered answers cost their time once, and not at each step.</summary>
internal sealed class TimedTeacher(ITeacher teacher) : ITeacher
{
    /// <summary>Seconds that it has computed so far.</summary>
    public double Seconds { get; private set; }

    /// <inheritdoc/>
    public string Name => teacher.Name;

    /// <inheritdoc/>
    public RoleSignals Run(Batch batch)
    {
        long start = Stopwatch.GetTimestamp();
        RoleSignals answer = teacher.Run(batch);
        Seconds += Stopwatch.GetElapsedTime(start).TotalSeconds;
        return answer;
    }

    /// <inheritdoc/>
    public void Dispose() => teacher.Dispose();
}
