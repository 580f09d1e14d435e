using Retort.Data;
using Retort.Distillation;

namespace Retort.Training;

/// <summary>Samples beside the training ones, and the task's loss on them, on which a trainer improves how the student
/// learns.</summary>
/// <param name="loader">Gives the samples in batches.</param>
/// <param name="loss">The task's loss, disposed of with this.</param>
public sealed class HeldOut(Loader loader, Criterion loss) : IDisposable
{
    private readonly Loader _loader = loader ?? throw new ArgumentNullException(nameof(loader));

    /// <summary>The task's loss, of a network's output and labels alone.</summary>
    public Criterion Loss { get; } = Checked(loss);

    /// <summary>The k-th batch, whichever were asked for before; it belongs to the innermost scope.</summary>
    public Batch Batch(long k) => _loader.Epoch(k / _loader.StepsPerEpoch, (int)(k % _loader.StepsPerEpoch)).First();

    /// <summary>Frees the loss.</summary>
    public void Dispose() => Loss.Dispose();

    private static Criterion Checked(Criterion loss)
    {
        ArgumentNullException.ThrowIfNull(loss);
        return loss.IsTask && !loss.Taps.Any() && !loss.Inputs.Any()
            ? loss
            : throw new ArgumentException(
                $"a held-out loss is the task's, of labels alone, and '{loss.GetType().Name}' is not.", nameof(loss));
    }
}
