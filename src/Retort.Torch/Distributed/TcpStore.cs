using Retort.Torch.Interop;

namespace Retort.Torch.Distributed;

/// <summary>Where the processes of a group find each other: one serves it, the others connect.</summary>
/// <remarks>
/// libtorch's store listens on every interface of the machine and asks nobody for a password: its options have no address to
/// bind (1.13). So serving must be asked for as what it is; use it only where the network is trusted or closed.
/// </remarks>
public sealed class TcpStore : IDisposable
{
    private nint _handle;

    private TcpStore(nint handle) => _handle = handle;

    /// <summary>Stops serving for a store that nobody disposed.</summary>
    ~TcpStore() => Free();

    /// <summary>The port it is reached at.</summary>
    public int Port => Native.rt_store_port(Handle);

    internal nint Handle => _handle != 0 ? _handle : throw new ObjectDisposedException(nameof(TcpStore));

    /// <summary>Serves a store from this process, to whoever reaches this machine, until it is disposed.</summary>
    /// <param name="onEveryInterface">Must be true: that the store is open to every network of this machine is accepted.</param>
    /// <param name="port">The port to listen at; 0 takes a free one, see <see cref="Port"/>.</param>
    /// <param name="timeout">How long a process waits for another in it; five minutes where left out.</param>
    /// <exception cref="NotSupportedException">The consent is missing: a store on loopback alone is not to be had.</exception>
    /// <exception cref="TorchException">The port is taken, or this build has no process groups.</exception>
    public static TcpStore Serve(bool onEveryInterface, int port = 0, TimeSpan? timeout = null) => onEveryInterface
        ? Open("localhost", port, true, timeout)
        : throw new NotSupportedException(
            "libtorch's store listens on every interface of this machine, without a password, and cannot be bound to loopback; "
            + "pass onEveryInterface: true where the network is trusted or closed.");

    /// <summary>Connects to a store that another process serves, waiting until it is there.</summary>
    /// <param name="host">Name or address of the machine that serves.</param>
    /// <param name="port">Its port, 1 to 65535.</param>
    /// <param name="timeout">How long to wait for it and, later, for other processes; five minutes where left out.</param>
    /// <exception cref="TorchException">It was not there in time, or this build has no process groups.</exception>
    public static TcpStore Connect(string host, int port, TimeSpan? timeout = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(host);
        ArgumentOutOfRangeException.ThrowIfZero(port);
        return Open(host, port, false, timeout);
    }

    /// <summary>Closes the connection and stops serving. Safe to call twice.</summary>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private static TcpStore Open(string host, int port, bool serve, TimeSpan? timeout)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(port);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, ushort.MaxValue);
        long patience = ProcessGroup.Milliseconds(timeout ?? TimeSpan.FromMinutes(5));
        string what = serve ? $"serving a store at port {port}" : $"connecting to the store at {host}:{port}";
        return new TcpStore(Native.CheckHandle(Native.rt_store_new(host, port, serve ? 1 : 0, patience), what));
    }

    private void Free()
    {
        nint handle = Interlocked.Exchange(ref _handle, 0);
        if (handle != 0)
            Native.rt_store_free(handle);
    }
}
