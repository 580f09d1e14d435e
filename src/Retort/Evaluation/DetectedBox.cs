namespace Retort.Evaluation;

/// <summary>A box in pixels with a class: an object of a picture, or what a detector found.</summary>
/// <param name="X0">Left edge.</param>
/// <param name="Y0">Top edge.</param>
/// <param name="X1">Right edge.</param>
/// <param name="Y1">Bottom edge.</param>
/// <param name="Class">The class, from 0.</param>
/// <param name="Score">How sure the detector is; of an object, 1.</param>
public readonly record struct DetectedBox(double X0, double Y0, double X1, double Y1, int Class, double Score = 1)
{
    /// <summary>Its area; 0 where an edge lies beyond the opposite one.</summary>
    public double Area => Math.Max(0, X1 - X0) * Math.Max(0, Y1 - Y0);

    /// <summary>Intersection over union with another box, 0 to 1; 0 where neither has an area.</summary>
    public double Iou(DetectedBox other)
    {
        double width = Math.Min(X1, other.X1) - Math.Max(X0, other.X0), height = Math.Min(Y1, other.Y1) - Math.Max(Y0, other.Y0);
        double overlap = Math.Max(0, width) * Math.Max(0, height), union = Area + other.Area - overlap;
        return union > 0 ? overlap / union : 0;
    }

    /// <summary>Non-maximum suppression: the boxes from the best score down, without those that overlap a better one of their
    /// class by more than a limit.</summary>
    /// <param name="boxes">Any boxes; of equal scores the first is taken for the better.</param>
    /// <param name="maximumIou">The limit, 0 to 1.</param>
    /// <param name="most">How many stay at most.</param>
    public static IReadOnlyList<DetectedBox> Suppress(IEnumerable<DetectedBox> boxes, double maximumIou, int most)
    {
        var kept = new List<DetectedBox>();
        foreach (DetectedBox box in boxes.OrderByDescending(b => b.Score))
        {
            if (kept.Count == most)
                break;
            if (kept.TrueForAll(k => k.Class != box.Class || k.Iou(box) <= maximumIou))
                kept.Add(box);
        }

        return kept;
    }
}
