namespace Retort.Torch;

/// <summary>What a thread knows of its tensors: the open scope, and how many handles it made more than it freed.</summary>
/// <remarks>Each thread counts for itself, since a counter that all share costs a small operator several per cent
/// of its time.</remarks>
internal sealed class ThreadTensors
{
    private static readonly List<ThreadTensors> All = [];

    [ThreadStatic]
    private static ThreadTensors? _mine;

    private long _live;

    /// <summary>The calling thread's.</summary>
    public static ThreadTensors Mine => _mine ?? Begin();

    /// <summary>How many handles the process holds.</summary>
    public static long LiveCount
    {
        get
        {
            lock (All)
                return All.Sum(thread => Volatile.Read(ref thread._live));
        }
    }

    /// <summary>The innermost open scope.</summary>
    public TensorScope? Scope { get; set; }

    /// <summary>Counts a handle that this thread made.</summary>
    public void Made() => _live++;

    /// <summary>Counts a handle that this thread freed, whoever made it.</summary>
    public void Freed() => _live--;

    private static ThreadTensors Begin()
    {
        var mine = new ThreadTensors();
        // Kept after the thread has ended: others may still hold what it made.
        lock (All)
            All.Add(mine);
        return _mine = mine;
    }
}
