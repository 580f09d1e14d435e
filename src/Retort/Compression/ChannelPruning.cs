using Retort.Data;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Compression;

/// <summary>Takes channels out of a network, so that what is left is a smaller network of the same architecture.</summary>
public static class ChannelPruning
{
    /// <summary>Chooses the channels that stay, and cuts every parameter and buffer to them.</summary>
    /// <param name="network">The trained network.</param>
    /// <param name="smaller">A network of the same architecture that says how many channels of each layer stay; it is not
    /// changed.</param>
    /// <param name="example">An input, [N, C, …].</param>
    /// <param name="importance">Which channels matter.</param>
    /// <param name="random">Where chance decides.</param>
    /// <returns>Values for the smaller network by name. The channels that stay keep their order, and where two matter alike
    /// the earlier one stays.</returns>
    /// <exception cref="ArgumentException">The networks are none of one architecture, or what channels go through is not
    /// understood; the message says where.</exception>
    public static IReadOnlyDictionary<string, Tensor> Cut(
        Module network, Module smaller, Tensor example, ImportanceOptions importance, RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(smaller);
        ArgumentNullException.ThrowIfNull(importance);
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        IReadOnlyDictionary<string, Tensor> from = network.StateDict(), to = smaller.StateDict();
        var cut = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (string name in to.Keys)
        {
            cut[name] = from.GetValueOrDefault(name)
                ?? throw new ArgumentException($"the smaller network has '{name}', and the larger one has not.");
        }

        foreach (ChannelGroup group in ChannelGroups.Of(network, example))
        {
            long kept = KeptOf(group, to);
            if (kept == group.Channels)
                continue;
            Tensor stay = Staying(importance.Of(group, from, random), kept);
            foreach (ChannelAxis axis in group.Axes)
                cut[axis.Name] = cut[axis.Name].IndexSelect(axis.Axis, Places(stay, axis.Repeats).To(cut[axis.Name].Device));
        }

        foreach ((string name, Tensor value) in cut)
        {
            if (!value.Shape.AsSpan().SequenceEqual(to[name].Shape))
            {
                throw new ArgumentException(
                    $"'{name}' {Shapes.Text(from[name])} becomes {Shapes.Text(value)} without the channels that go, and the "
                    + $"smaller network has {Shapes.Text(to[name])}.");
            }
        }

        return cut.ToDictionary(c => c.Key, c => scope.Keep(c.Value.Clone()), StringComparer.Ordinal);
    }

    private static long KeptOf(ChannelGroup group, IReadOnlyDictionary<string, Tensor> to)
    {
        if (group.Axes.Count == 0)
            return group.Channels;
        ChannelAxis first = group.Axes[0];
        if (!to.TryGetValue(first.Name, out Tensor? target) || target.Dimensions <= first.Axis)
            throw new ArgumentException($"the smaller network has no '{first.Name}' of that kind.");
        long kept = target.Size(first.Axis) / first.Repeats;
        if (kept == group.Channels)
            return kept;
        if (group.IsFixed)
        {
            throw new ArgumentException(
                $"'{first.Name}' counts {group.Channels} channels of the network's input or output, "
                + $"and the smaller network {kept}.");
        }

        return kept >= 1 && kept < group.Channels
            ? kept
            : throw new ArgumentException($"of the {group.Channels} channels of '{first.Name}' {kept} cannot stay.");
    }

    // Stable from the most important down, then back into the network's order.
    private static Tensor Staying(Tensor importance, long kept)
    {
        double[] values = importance.ToArray<double>();
        long[] places =
        [
            .. Enumerable.Range(0, values.Length).OrderByDescending(k => values[k]).Take(checked((int)kept)).Order()
                .Select(k => (long)k),
        ];
        return Tensor.From(places);
    }

    private static Tensor Places(Tensor channels, long repeats) =>
        repeats == 1 ? channels : (channels.Unsqueeze(1) * Tensor.From([repeats]) + Tensor.Arange(repeats)).Reshape([-1]);
}
