using Retort.Torch;
using Retort.Torch.Optim;

namespace Retort.Synthesis;

/// <summary>What a checkpoint of a synthesis holds, by name.</summary>
internal sealed class SynthesisState(Synthesizer synthesizer, Optimizer optimizer)
{
    private const string Network = "network.", Moves = "optimizer.", Own = "own.", Learned = "learned.";

    private IReadOnlyList<Tensor> Leaves => [synthesizer.Setup.Images, .. synthesizer.Learned.SelectMany(g => g.Parameters)];

    public IEnumerable<KeyValuePair<string, Tensor>> Save() =>
    [
        .. Leaves.Select((leaf, k) => KeyValuePair.Create(FormattableString.Invariant($"{Learned}{k}"), leaf.Detach())),
        .. Named(Network, synthesizer.Setup.Network?.State ?? new Dictionary<string, Tensor>()),
        .. Named(Moves, optimizer.State()),
        .. Named(Own, synthesizer.State),
    ];

    public void Load(IReadOnlyDictionary<string, Tensor> state)
    {
        using (Autograd.NoGrad())
        {
            for (int k = 0; k < Leaves.Count; k++)
            {
                Tensor saved = state[FormattableString.Invariant($"{Learned}{k}")];
                if (!saved.Shape.AsSpan().SequenceEqual(Leaves[k].Shape))
                    throw new InvalidDataException($"'{Learned}{k}' is {Shapes.Text(saved)}, not {Shapes.Text(Leaves[k])}");
                Leaves[k].CopyInPlace(saved);
            }
        }

        synthesizer.Setup.Network?.Load(Part(state, Network));
        optimizer.Load(Part(state, Moves));
        synthesizer.Load(Part(state, Own));
    }

    private static IEnumerable<KeyValuePair<string, Tensor>> Named(
        string prefix, IEnumerable<KeyValuePair<string, Tensor>> tensors) =>
        tensors.Select(t => KeyValuePair.Create(prefix + t.Key, t.Value));

    private static Dictionary<string, Tensor> Part(IReadOnlyDictionary<string, Tensor> state, string prefix) =>
        state.Where(s => s.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(s => s.Key[prefix.Length..], s => s.Value);
}
