using Retort.Torch;
using Retort.Torch.Distributed;

namespace Retort.Tests.Torch.Distributed;

public sealed class ProcessGroupTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [SkippableFact]
    public void Reductions_take_the_tensors_of_all_ranks_together() => Together(3, group =>
    {
        foreach ((ReduceOperation operation, double expected) in new[]
        {
            (ReduceOperation.Sum, 6.0), (ReduceOperation.Mean, 2), (ReduceOperation.Product, 6), (ReduceOperation.Min, 1),
            (ReduceOperation.Max, 3),
        })
        {
            Tensor mine = Tensor.Full([2, 2], group.Rank + 1);
            group.AllReduceInPlace(mine, operation);
            Assert.All(mine.ToArray<float>(), value => Assert.Equal(expected, value));
        }
    });

    [SkippableFact]
    public void Gradients_are_averaged_into_a_leaf_that_trains() => Together(2, group =>
    {
        Tensor weight = Tensor.Ones(3).SetRequiresGrad();
        (weight * (group.Rank + 1)).Sum().Backward();
        Tensor gradient = weight.Grad!;
        group.AllReduceInPlace(gradient, ReduceOperation.Mean);
        Assert.Equal([1.5f, 1.5f, 1.5f], weight.Grad!.ToArray<float>());
        group.BroadcastInPlace(weight, root: 0);
        Assert.True(weight.RequiresGrad);
    });

    [SkippableFact]
    public void A_broadcast_gives_all_the_tensor_of_one() => Together(2, group =>
    {
        Tensor mine = Tensor.From([(long)group.Rank, 7L + group.Rank]);
        group.BroadcastInPlace(mine, root: 1);
        Assert.Equal([1L, 8L], mine.ToArray<long>());
    });

    [SkippableFact]
    public void A_gather_gives_all_tensors_in_order_of_rank() => Together(3, group =>
    {
        group.Barrier();
        Tensor[] all = group.AllGather(Tensor.Full([2], group.Rank));
        Assert.Equal([0f, 0, 1, 1, 2, 2], all.SelectMany(t => t.ToArray<float>()));
    });

    [SkippableFact]
    public void A_rank_that_stays_away_is_reported_after_the_timeout()
    {
        RequireGloo();
        using TcpStore store = TcpStore.Serve(onEveryInterface: true, timeout: TimeSpan.FromSeconds(1));
        var error = Assert.Throws<TorchException>(() => new ProcessGroup(store, 0, 2, timeout: TimeSpan.FromSeconds(1)));
        Assert.StartsWith("joining a group as 0 of 2", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void An_operation_that_one_rank_never_calls_fails_in_the_others()
    {
        TimeSpan brief = TimeSpan.FromSeconds(2);
        Together(
            2,
            group =>
            {
                if (group.Rank == 0)
                    Assert.Throws<TorchException>(() => group.AllReduceInPlace(Tensor.Ones(1)));
                else
                    Thread.Sleep(brief * 1.5);
            },
            brief);
    }

    [SkippableFact]
    public void Tensors_that_cannot_be_sent_are_refused() => Together(1, group =>
    {
        Assert.Throws<TorchException>(() => group.AllReduceInPlace(Tensor.Ones(2, 3).Transpose(0, 1)));
        Assert.Throws<ArgumentException>(() => group.AllReduceInPlace(Tensor.Arange(3), ReduceOperation.Mean));
        Assert.Throws<ArgumentOutOfRangeException>(() => group.BroadcastInPlace(Tensor.Ones(1), root: 1));
    });

    [Fact]
    public void A_store_that_every_network_can_reach_must_be_asked_for() => Assert.Contains(
        "onEveryInterface: true",
        Assert.Throws<NotSupportedException>(() => TcpStore.Serve(onEveryInterface: false)).Message, StringComparison.Ordinal);

    [SkippableFact]
    public void Ranks_ports_and_timeouts_out_of_range_are_refused()
    {
        RequireGloo();
        using TcpStore store = TcpStore.Serve(onEveryInterface: true);
        Assert.InRange(store.Port, 1, 65535);
        Assert.Throws<ArgumentOutOfRangeException>(() => new ProcessGroup(store, 2, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ProcessGroup(store, -1, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => TcpStore.Serve(onEveryInterface: true, 65536));
        Assert.Throws<ArgumentOutOfRangeException>(() => TcpStore.Connect("localhost", 1, TimeSpan.Zero));
        Assert.Throws<TorchException>(() => TcpStore.Connect("localhost", 1, TimeSpan.FromMilliseconds(200)));
    }

    // Ranks are threads here, each with a connection of its own; to Gloo that is the same as processes.
    private static void Together(int size, Action<ProcessGroup> work, TimeSpan? timeout = null)
    {
        RequireGloo();
        using TcpStore served = TcpStore.Serve(onEveryInterface: true, timeout: Patience);
        int port = served.Port;
        var failures = new List<Exception>();
        Thread[] ranks = [.. Enumerable.Range(0, size).Select(rank => new Thread(() => Run(rank)))];
        foreach (Thread rank in ranks)
            rank.Start();
        foreach (Thread rank in ranks)
            rank.Join();
        if (failures.Count > 0)
            throw new AggregateException(failures);

        void Run(int rank)
        {
            try
            {
                Engine.Threads = 1;
                using var scope = new TensorScope();
                using TcpStore store = TcpStore.Connect("localhost", port, Patience);
                using var group = new ProcessGroup(store, rank, size, timeout: timeout ?? Patience);
                work(group);
            }
#pragma warning disable CA1031 // carried to the test's own thread
            catch (Exception e)
#pragma warning restore CA1031
            {
                lock (failures)
                    failures.Add(e);
            }
        }
    }

    private static void RequireGloo() =>
        Skip.IfNot(ProcessGroup.IsAvailable, "the native library was built without process groups (Debian: libgloo-dev)");
}
