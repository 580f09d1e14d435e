using System.Globalization;
using Retort.Torch.Interop;

namespace Retort.Torch.Distributed;

/// <summary>Processes that compute together on CPUs: c10d over Gloo.</summary>
/// <remarks>
/// Every process calls the same operations in the same order, with tensors of the same shape and type. An operation ends
/// when all have called it, or fails after the group's timeout; after a failure the group is of no more use. One thread at a
/// time uses a group.
/// </remarks>
public sealed unsafe class ProcessGroup : IDisposable
{
    private nint _handle;

    /// <summary>Joins a group; returns when all have joined.</summary>
    /// <param name="store">Where they find each other; it must outlive the group.</param>
    /// <param name="rank">Which of the processes this one is, from 0.</param>
    /// <param name="size">How many there are.</param>
    /// <param name="address">The address of this machine at which the others reach it; loopback where left out.</param>
    /// <param name="timeout">How long an operation may take; five minutes where left out.</param>
    /// <exception cref="TorchException">The others did not join in time, or the address is none of this machine's.</exception>
    public ProcessGroup(TcpStore store, int rank, int size, string address = "127.0.0.1", TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(rank);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(rank, size);
        ArgumentException.ThrowIfNullOrEmpty(address);
        Rank = rank;
        Size = size;
        nint handle = Native.rt_group_new(store.Handle, rank, size, address, Milliseconds(timeout ?? TimeSpan.FromMinutes(5)));
        _handle = Native.CheckHandle(handle, string.Create(CultureInfo.InvariantCulture, $"joining a group as {rank} of {size}"));
    }

    /// <summary>Leaves a group that nobody disposed.</summary>
    ~ProcessGroup() => Free();

    /// <summary>Whether this build has process groups; it needs Gloo's headers when it is built (Debian: libgloo-dev).</summary>
    public static bool IsAvailable => Native.rt_group_available() != 0;

    /// <summary>Which of the processes this one is, from 0.</summary>
    public int Rank { get; }

    /// <summary>How many processes there are.</summary>
    public int Size { get; }

    private nint Handle => _handle != 0 ? _handle : throw new ObjectDisposedException(nameof(ProcessGroup));

    /// <summary>Replaces a tensor, in every process, with all of them taken together.</summary>
    /// <param name="tensor">A contiguous tensor on the CPU; changed in place.</param>
    /// <param name="operation">How they are taken together.</param>
    /// <exception cref="TorchException">The others did not call it in time, or one of them is gone.</exception>
    public void AllReduceInPlace(Tensor tensor, ReduceOperation operation = ReduceOperation.Sum)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        bool mean = operation == ReduceOperation.Mean;
        if (mean && !tensor.DType.IsFloatingPoint())
            throw new ArgumentException($"{tensor} has no mean of its own type; take the sum.", nameof(tensor));

        // Gloo has no mean.
        ReduceOperation asked = mean ? ReduceOperation.Sum : operation;
        Native.Check(Native.rt_group_all_reduce(Handle, tensor.Handle, (int)asked), $"all_reduce({tensor})");
        GC.KeepAlive(tensor);
        if (!mean)
            return;
        using GradMode off = Autograd.NoGrad();
        tensor.DivInPlace(Size);
    }

    /// <summary>Replaces a tensor in every process with that of one of them.</summary>
    /// <param name="tensor">A contiguous tensor on the CPU; changed in place.</param>
    /// <param name="root">Whose tensor all get.</param>
    /// <exception cref="TorchException">The others did not call it in time, or one of them is gone.</exception>
    public void BroadcastInPlace(Tensor tensor, int root)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        ArgumentOutOfRangeException.ThrowIfNegative(root);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(root, Size);
        Native.Check(Native.rt_group_broadcast(Handle, tensor.Handle, root), $"broadcast({tensor})");
        GC.KeepAlive(tensor);
    }

    /// <summary>Gives every process the tensors of all, in order of rank.</summary>
    /// <param name="tensor">A contiguous tensor on the CPU.</param>
    /// <exception cref="TorchException">The others did not call it in time, or one of them is gone.</exception>
    public Tensor[] AllGather(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        var results = new nint[Size];
        fixed (nint* first = results)
            Native.Check(Native.rt_group_all_gather(Handle, tensor.Handle, first), $"all_gather({tensor})");
        GC.KeepAlive(tensor);
        return Array.ConvertAll(results, handle => new Tensor(handle));
    }

    /// <summary>Waits until every process has come here.</summary>
    /// <exception cref="TorchException">The others did not call it in time, or one of them is gone.</exception>
    public void Barrier() => Native.Check(Native.rt_group_barrier(Handle), "barrier");

    /// <summary>Leaves the group. Safe to call twice.</summary>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    internal static long Milliseconds(TimeSpan timeout) => timeout > TimeSpan.Zero && timeout < TimeSpan.FromDays(20)
        ? (long)Math.Ceiling(timeout.TotalMilliseconds)
        : throw new ArgumentOutOfRangeException(nameof(timeout), timeout, "must be above zero and below 20 days.");

    private void Free()
    {
        nint handle = Interlocked.Exchange(ref _handle, 0);
        if (handle != 0)
            Native.rt_group_free(handle);
    }
}
