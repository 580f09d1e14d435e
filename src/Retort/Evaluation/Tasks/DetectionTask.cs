using System.ComponentModel.DataAnnotations;
using System.Text;
using Retort.Data;
using Retort.Methods.Dense;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Evaluation.Tasks;

/// <summary>Boxes around objects of K classes: average precision as COCO measures it.</summary>
/// <remarks>
/// <para>A model gives [N, K + 4·(R + 1), H, W], as <c>detector</c> does; the batch has <c>boxes</c>, [N, G, 5]. The best scores
/// of each picture become boxes, cut at its edges; of those of one class that overlap, the best stays.</para>
/// <para>Figures: <c>map</c>, the mean over the classes and over ten thresholds of the IoU from 0.5 to 0.95; <c>ap50</c> and
/// <c>ap75</c>, the means over the classes at 0.5 and at 0.75; <c>ap-CLASS</c>, the mean over the thresholds of each class that
/// occurs.</para>
/// </remarks>
[Named("detection")]
public sealed record DetectionTask : EvaluationTask
{
    private const int MostCandidates = 1000;
    private const int HalfThreshold = 0, ThreeQuartersThreshold = 5;

    /// <summary>The least score of a box that counts.</summary>
    [Range(0, 1, MaximumIsExclusive = true)]
    public double MinimumScore { get; init; } = 0.05;

    /// <summary>Boxes that overlap a better one of their class by more than this are dropped.</summary>
    [Range(0, 1)]
    public double MaximumIou { get; init; } = 0.6;

    /// <summary>The most boxes of a picture.</summary>
    [Range(1, 10_000)]
    public int Most { get; init; } = 100;

    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, double>> Evaluate(Module model, Loader loader, Device device)
    {
        ArgumentNullException.ThrowIfNull(loader);
        IReadOnlyList<string> classes = loader.Data.ClassNames;
        var measured = new AveragePrecision(classes.Count);
        ForEach(model, loader, device, (batch, output) =>
        {
            DetectorMap map = DetectorMap.Read(output, classes.Count, batch.Input);
            IReadOnlyList<DetectedBox>[] found = Found(map, batch.Input.Size(2), batch.Input.Size(3));
            IReadOnlyList<DetectedBox>[] objects = Objects(batch["boxes"]);
            for (int n = 0; n < found.Length; n++)
                measured.Add(found[n], objects[n]);
        });
        var figures = new List<KeyValuePair<string, double>>
        {
            new("map", measured.Mean()),
            new("ap50", measured.Mean(HalfThreshold)),
            new("ap75", measured.Mean(ThreeQuartersThreshold)),
        };
        for (int k = 0; k < classes.Count; k++)
        {
            double own = measured.OfClass(k).Average();
            if (!double.IsNaN(own))
                figures.Add(new($"ap-{Slug(classes[k])}", own));
        }

        return [.. figures.DistinctBy(f => f.Key)];
    }

    private IReadOnlyList<DetectedBox>[] Found(DetectorMap map, double height, double width)
    {
        float[] scores = map.Scores.Sigmoid().To(DType.Float32).Contiguous().ToArray<float>();
        float[] boxes = map.AllBoxes().To(DType.Float32).Contiguous().ToArray<float>();
        int kinds = (int)map.Classes, places = (int)map.Places;
        var all = new IReadOnlyList<DetectedBox>[scores.Length / (kinds * places)];
        for (int n = 0; n < all.Length; n++)
        {
            int[] candidates = [.. Enumerable.Range(n * places * kinds, places * kinds).Where(k => scores[k] >= MinimumScore)
                .OrderByDescending(k => scores[k]).Take(MostCandidates)];
            all[n] = DetectedBox.Suppress(
                candidates.Select(k =>
                {
                    ReadOnlySpan<float> box = boxes.AsSpan(k / kinds * 4, 4);
                    return new DetectedBox(
                        Math.Clamp(box[0], 0, width), Math.Clamp(box[1], 0, height), Math.Clamp(box[2], 0, width),
                        Math.Clamp(box[3], 0, height), k % kinds, scores[k]);
                }),
                MaximumIou, Most);
        }

        return all;
    }

    private static IReadOnlyList<DetectedBox>[] Objects(Tensor boxes)
    {
        Shapes.RequireDimensions(boxes, 3);
        float[] values = boxes.To(DType.Float32).Contiguous().ToArray<float>();
        int rows = (int)boxes.Size(1), columns = (int)boxes.Size(2);
        var all = new IReadOnlyList<DetectedBox>[boxes.Size(0)];
        for (int n = 0; n < all.Length; n++)
        {
            all[n] = [.. Enumerable.Range(n * rows, rows).Select(k => values.AsSpan(k * columns, columns).ToArray())
                .Where(r => r[0] != 0 || r[1] != 0 || r[2] != 0 || r[3] != 0)
                .Select(r => new DetectedBox(r[0], r[1], r[2], r[3], (int)r[4]))];
        }

        return all;
    }

    // A figure's name is one word of a path.
    private static string Slug(string name)
    {
        var slug = new StringBuilder();
        foreach (char c in name)
        {
            if (char.IsLetterOrDigit(c))
                slug.Append(char.ToLowerInvariant(c));
            else if (slug.Length > 0 && slug[^1] != '-')
                slug.Append('-');
        }

        return slug.ToString().TrimEnd('-');
    }
}
