using Retort.Data;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Evaluation;

/// <summary>Runs a classifier over a split.</summary>
public static class Predictor
{
    /// <summary>A classifier's logits for every sample, in the loader's order.</summary>
    /// <param name="model">[N, …] → [N, K]; put into evaluation mode, and left in it.</param>
    /// <param name="loader">The split's batches.</param>
    /// <param name="device">Where the model is.</param>
    public static Predictions Predict(Module model, Loader loader, Device device)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(loader);
        model.Eval();
        var logits = new List<float>();
        var labels = new List<long>();
        int classes = 0;
        using GradMode off = Autograd.NoGrad();
        using IEnumerator<Batch> batches = loader.Epoch(0).GetEnumerator();
        while (true)
        {
            using var scope = new TensorScope();
            if (!batches.MoveNext())
                break;
            Tensor output = model.Call(batches.Current.Input.To(device)).AtLeastFloat32();
            Shapes.RequireDimensions(output, 2);
            classes = (int)output.Size(1);
            logits.AddRange(output.To(DType.Float32).ToArray<float>());
            labels.AddRange(batches.Current.Labels.ToArray<long>());
        }

        return new Predictions([.. logits], [.. labels], classes);
    }

    /// <summary>A classifier's figures on a split.</summary>
    public static ClassificationFigures Evaluate(Module model, Loader loader, Device device)
    {
        Predictions found = Predict(model, loader, device);
        return Classification.Evaluate(found.Logits, found.Labels, found.Classes);
    }
}
