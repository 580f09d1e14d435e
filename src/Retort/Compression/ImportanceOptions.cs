using Retort.Data;
using Retort.Torch;

namespace Retort.Compression;

/// <summary>What a recipe may write under a <c>prune</c> stage's <c>by:</c>: which channels matter.</summary>
[Kind("importance")]
public abstract record ImportanceOptions
{
    /// <summary>How much each channel of a group matters; the ones with the least go.</summary>
    /// <param name="group">Channels that go together.</param>
    /// <param name="state">The network's parameters and buffers by name.</param>
    /// <param name="random">Where chance decides.</param>
    /// <returns>[channels], float64, on the CPU.</returns>
    /// <exception cref="ArgumentException">The group has nothing to judge by; the message says what.</exception>
    public abstract Tensor Of(ChannelGroup group, IReadOnlyDictionary<string, Tensor> state, RandomStream random);

    /// <summary>Sums over the axes of one use of Σ|w| of each channel.</summary>
    /// <exception cref="ArgumentException">The group has no such axis.</exception>
    private protected static Tensor SumOfNorms(
        ChannelGroup group, IReadOnlyDictionary<string, Tensor> state, ChannelUse use, string what)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(state);
        using var scope = new TensorScope();
        Tensor? sum = null;
        foreach (ChannelAxis axis in group.Axes.Where(a => a.Use == use))
        {
            Tensor norms = state[axis.Name].Detach().To(Device.Cpu).To(DType.Float64).Transpose(0, axis.Axis)
                .Reshape([group.Channels, -1]).Abs().Sum([1]);
            sum = sum is null ? norms : sum + norms;
        }

        return scope.Keep(
            sum ?? throw new ArgumentException($"the channels of '{group.Axes[0].Name}' have no {what} to judge them by."));
    }
}
