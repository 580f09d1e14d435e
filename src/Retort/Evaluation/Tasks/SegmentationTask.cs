using Retort.Data;
using Retort.Distillation;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Evaluation.Tasks;

/// <summary>One of K classes for each pixel: the mean intersection over union of the classes, and pixel accuracy.</summary>
/// <remarks>Pixels of all images are counted together; those whose label is −100 do not count. Of each class the pixels that are
/// its in label and prediction, over those that are its in either; a class that occurs in neither has no part in the
/// mean.</remarks>
[Named("segmentation")]
public sealed record SegmentationTask : EvaluationTask
{
    /// <summary>Tells the model the labels as a further channel: for teachers that were trained with it, whose figures are then
    /// no student's. The default tells nothing.</summary>
    public LabelChannel? Labels { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, double>> Evaluate(Module model, Loader loader, Device device)
    {
        long[]? counts = null;
        long classes = 0;
        using var generator = new Generator(0);
        ForEach(model, loader, device, batch => Labels?.Beside(batch, generator) ?? batch.Input, (batch, scores) =>
        {
            if (scores.Dimensions != 4 || batch.Labels.Dimensions != 3
                || !scores.Shape.AsSpan(2).SequenceEqual(batch.Labels.Shape.AsSpan(1)))
            {
                throw new ShapeException(
                    $"'scores' {Shapes.Text(scores)} must be [N, K, H, W], "
                    + $"and 'labels' {Shapes.Text(batch.Labels)} [N, H, W] of the same pixels.");
            }

            classes = scores.Size(1);
            counts ??= new long[classes * classes];
            Tensor labels = batch.Labels.Flatten(), counted = labels.Ne(Dataset.NoLabel);
            Tensor kept = labels.MaskedSelect(counted);
            if (kept.NumElements == 0)
                return;
            if (kept.Max().ToInt64() >= classes)
                throw new ShapeException($"a label is {kept.Max().ToInt64()}, and the model has {classes} classes.");
            Tensor pairs = kept.Mul(classes) + scores.Argmax(1).Flatten().MaskedSelect(counted);
            long[] found = pairs.Bincount(minlength: classes * classes).ToArray<long>();
            for (int k = 0; k < found.Length; k++)
                counts[k] += found[k];
        });
        return Figures(counts ?? [], (int)classes);
    }

    /// <summary>The figures of a table of pixels by label (rows) and prediction (columns).</summary>
    private static IReadOnlyList<KeyValuePair<string, double>> Figures(long[] counts, int classes)
    {
        var shares = new List<double>();
        long right = 0;
        for (int k = 0; k < classes; k++)
        {
            long both = counts[(k * classes) + k], either = -both;
            for (int other = 0; other < classes; other++)
                either += counts[(k * classes) + other] + counts[(other * classes) + k];
            right += both;
            if (either > 0)
                shares.Add((double)both / either);
        }

        return
        [
            new("miou", shares.Count > 0 ? shares.Average() : double.NaN),
            new("pixel-accuracy", (double)right / counts.Sum()),
        ];
    }
}
