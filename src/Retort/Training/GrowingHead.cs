using Retort.Models;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Training;

/// <summary>A classifier's linear head, cut down to the classes that were seen so far.</summary>
/// <remarks>The rows of classes yet to come wait as they were drawn, so that a network that sees all classes in one task begins
/// as one that is trained at once. Row k stands for the class that comes k-th.</remarks>
public sealed class GrowingHead
{
    private readonly Module _model;
    private readonly string _path;
    private readonly Linear _whole;

    /// <summary>Takes hold of a network's head; nothing is changed yet.</summary>
    /// <exception cref="ArgumentException">The network declares no linear head.</exception>
    public GrowingHead(Module model)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        _path = (model as IHasFeatures)?.Head ?? string.Empty;
        _whole = model.TryFind(_path) as Linear
            ?? throw new ArgumentException($"{model.GetType().Name} declares no linear head that could grow.", nameof(model));
        Current = _whole;
    }

    /// <summary>Whether a network declares a linear head.</summary>
    public static bool IsIn(Module model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model is IHasFeatures features && model.TryFind(features.Head) is Linear;
    }

    /// <summary>The name of the head's weight in the network's state.</summary>
    /// <exception cref="InvalidCastException">The network declares no head.</exception>
    public static string WeightNameIn(Module model) => $"{((IHasFeatures)model).Head}.weight";

    /// <summary>The head as it stands.</summary>
    public Linear Current { get; private set; }

    /// <summary>How many classes there are in the end.</summary>
    public long Classes => _whole.OutFeatures;

    /// <summary>Puts in a head of so many rows: those there are stay, further ones are as they were drawn.</summary>
    /// <param name="rows">At least as many as there are once it has grown, at most <see cref="Classes"/>.</param>
    public void Grow(long rows)
    {
        long kept = ReferenceEquals(Current, _whole) ? 0 : Current.OutFeatures;
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, Math.Max(1, kept));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, Classes);
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        var grown = new Linear(_whole.InFeatures, rows, bias: _whole.Bias is not null);
        grown.To(_whole.Weight.Value.Device);
        Copy(_whole, grown, 0, rows);
        if (kept > 0)
            Copy(Current, grown, 0, kept);
        Put(grown);
    }

    /// <summary>Puts the whole head back, each row in the place of its class.</summary>
    /// <param name="order">The class that came k-th, for each k.</param>
    public void Restore(IReadOnlyList<int> order)
    {
        ArgumentNullException.ThrowIfNull(order);
        using (var scope = new TensorScope())
        {
            using GradMode off = Autograd.NoGrad();
            for (int k = 0; k < Current.OutFeatures; k++)
            {
                _whole.Weight.Value.Select(0, order[k]).CopyInPlace(Current.Weight.Value.Select(0, k));
                _whole.Bias?.Value.Select(0, order[k]).CopyInPlace(Current.Bias!.Value.Select(0, k));
            }
        }

        Put(_whole);
    }

    private static void Copy(Linear from, Linear to, long start, long rows)
    {
        to.Weight.Value.Narrow(0, start, rows).CopyInPlace(from.Weight.Value.Narrow(0, start, rows));
        to.Bias?.Value.Narrow(0, start, rows).CopyInPlace(from.Bias!.Value.Narrow(0, start, rows));
    }

    private void Put(Linear head)
    {
        int dot = _path.LastIndexOf('.');
        Module parent = dot < 0 ? _model : _model.Find(_path[..dot]);
        parent.ReplaceChild(_path[(dot + 1)..], head);
        if (!ReferenceEquals(Current, _whole))
            Current.Dispose();
        Current = head;
    }
}
