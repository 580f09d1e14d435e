namespace Retort.Evaluation;

/// <summary>Average precision of boxes, as COCO measures it: at ten thresholds of the IoU and 101 recalls.</summary>
/// <remarks>
/// <para>Lin et al., "Microsoft COCO: Common Objects in Context", ECCV 2014, arXiv:1405.0312, and its evaluation code. In each
/// picture the boxes found of a class take, from the best score down, each the object of the class that they overlap most and
/// that no better one has taken; a threshold decides whether that is enough. Over all pictures precision is made a falling
/// function of recall, and its mean over the recalls 0, 0.01, … 1 is the average precision, 0 where a recall is not
/// reached.</para>
/// <para>Objects are not told apart by size, and a picture's boxes are as many as it was given.</para>
/// </remarks>
public sealed class AveragePrecision
{
    private const int Recalls = 101;
    private readonly List<(double Score, bool[] IsRight)>[] _found;
    private readonly long[] _objects;

    /// <summary>Creates a measurement of so many classes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no class.</exception>
    public AveragePrecision(int classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        _found = [.. Enumerable.Range(0, classes).Select(_ => new List<(double, bool[])>())];
        _objects = new long[classes];
    }

    /// <summary>The thresholds of the IoU.</summary>
    public static IReadOnlyList<double> Thresholds { get; } = [.. Enumerable.Range(0, 10).Select(k => (50 + (5 * k)) / 100.0)];

    /// <summary>Adds a picture.</summary>
    /// <param name="found">What the detector found.</param>
    /// <param name="objects">What is there.</param>
    /// <exception cref="ArgumentOutOfRangeException">A box has a class that is not measured.</exception>
    public void Add(IReadOnlyList<DetectedBox> found, IReadOnlyList<DetectedBox> objects)
    {
        ArgumentNullException.ThrowIfNull(found);
        ArgumentNullException.ThrowIfNull(objects);
        foreach (DetectedBox box in found.Concat(objects))
        {
            if (box.Class < 0 || box.Class >= _objects.Length)
                throw new ArgumentOutOfRangeException(nameof(found), box.Class, $"classes are 0 to {_objects.Length - 1}.");
        }

        for (int kind = 0; kind < _objects.Length; kind++)
        {
            DetectedBox[] wanted = [.. objects.Where(b => b.Class == kind)];
            _objects[kind] += wanted.Length;
            DetectedBox[] ranked = [.. found.Where(b => b.Class == kind).OrderByDescending(b => b.Score)];
            bool[][] right = [.. ranked.Select(_ => new bool[Thresholds.Count])];
            for (int t = 0; t < Thresholds.Count; t++)
                Match(ranked, wanted, t, right);
            _found[kind].AddRange(ranked.Select((box, k) => (box.Score, right[k])));
        }
    }

    private static void Match(DetectedBox[] ranked, DetectedBox[] wanted, int threshold, bool[][] right)
    {
        var taken = new bool[wanted.Length];
        for (int k = 0; k < ranked.Length; k++)
        {
            int best = -1;
            double most = Thresholds[threshold];
            for (int w = 0; w < wanted.Length; w++)
            {
                if (!taken[w] && ranked[k].Iou(wanted[w]) is var iou && iou >= most)
                    (best, most) = (w, iou);
            }

            if (best < 0)
                continue;
            taken[best] = true;
            right[k][threshold] = true;
        }
    }

    /// <summary>The average precision of a class at each threshold; NaN where there is no object of it.</summary>
    public IReadOnlyList<double> OfClass(int kind)
    {
        (double Score, bool[] IsRight)[] ranked = [.. _found[kind].OrderByDescending(f => f.Score)];
        return [.. Enumerable.Range(0, Thresholds.Count).Select(
            t => Area([.. ranked.Select(f => f.IsRight[t])], _objects[kind]))];
    }

    /// <summary>The mean over classes that have objects, at one threshold, or over all thresholds; NaN where no class
    /// has.</summary>
    /// <param name="threshold">Which of <see cref="Thresholds"/>; null for their mean.</param>
    public double Mean(int? threshold = null)
    {
        double[] each = [.. Enumerable.Range(0, _objects.Length).Where(k => _objects[k] > 0).Select(
            k => threshold is { } t ? OfClass(k)[t] : OfClass(k).Average())];
        return each.Length > 0 ? each.Average() : double.NaN;
    }

    private static double Area(bool[] ranked, long objects)
    {
        if (objects == 0)
            return double.NaN;
        var precision = new double[ranked.Length];
        var recall = new double[ranked.Length];
        for (int k = 0, right = 0; k < ranked.Length; k++)
        {
            right += ranked[k] ? 1 : 0;
            precision[k] = (double)right / (k + 1);
            recall[k] = (double)right / objects;
        }

        for (int k = precision.Length - 2; k >= 0; k--)
            precision[k] = Math.Max(precision[k], precision[k + 1]);
        double sum = 0;
        for (int r = 0, k = 0; r < Recalls; r++)
        {
            while (k < recall.Length && recall[k] < r / (Recalls - 1.0))
                k++;
            sum += k < precision.Length ? precision[k] : 0;
        }

        return sum / Recalls;
    }
}
