using Retort.Data;
using Retort.Distillation;
using Retort.Torch;

namespace Retort.Stages;

/// <summary>The last feature of a network over a split.</summary>
internal static class ModelFeatures
{
    /// <summary>[M, D] in the loader's order; the network is put into evaluation mode, and left in it.</summary>
    public static Tensor Of(Role role, Loader loader, Device device)
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        role.Model.Eval();
        using var session = new TapSession(role, [TapPath.LastFeature]);
        var rows = new List<Tensor>();
        using IEnumerator<Batch> batches = loader.Epoch(0).GetEnumerator();
        while (true)
        {
            using var inner = new TensorScope();
            if (!batches.MoveNext())
                break;
            rows.Add(inner.Keep(session.Run(batches.Current.Input.To(device)).Tap(TapPath.LastFeature).Flatten(1)));
        }

        return scope.Keep(Ops.Cat([.. rows], 0));
    }
}
