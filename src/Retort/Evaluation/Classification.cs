namespace Retort.Evaluation;

/// <summary>Figures of a classifier from its logits on a split, all computed in double.</summary>
public static class Classification
{
    /// <summary>How many equal-width confidence bins calibration uses unless told otherwise.</summary>
    public const int DefaultBins = 15;

    /// <summary>Evaluates logits against labels.</summary>
    /// <param name="logits">[N, <paramref name="classes"/>], row-major, before softmax. Negative infinity rules a class
    /// out.</param>
    /// <param name="labels">[N], each in 0 … <paramref name="classes"/> − 1.</param>
    /// <param name="classes">K, at least 1.</param>
    /// <param name="bins">Confidence bins of the calibration figures, 1 … 10,000.</param>
    /// <returns>
    /// The figures. Rows whose softmax has no value (NaN or positive infinity among the logits) are counted in
    /// <see cref="ClassificationFigures.UndefinedRows"/>; they count as wrong, and make the probability figures NaN.
    /// An empty split gives NaN throughout.
    /// </returns>
    /// <exception cref="ArgumentException">The lengths do not fit, or a label lies outside the classes.</exception>
    public static ClassificationFigures Evaluate(
        ReadOnlySpan<float> logits, ReadOnlySpan<long> labels, int classes, int bins = DefaultBins)
    {
        RequireRows(logits.Length, labels.Length, classes, nameof(logits));
        RequireLabels(labels, classes);

        var confusion = new ConfusionMatrix(classes);
        var confidences = new List<double>(labels.Length);
        var correct = new List<bool>(labels.Length);
        long top1 = 0, top5 = 0, undefined = 0, firstUndefined = -1;
        double nll = 0, brier = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            ReadOnlySpan<float> row = logits.Slice(i * classes, classes);
            LogitRow read = LogitRow.Read(row);
            if (!read.IsDefined)
            {
                undefined++;
                firstUndefined = firstUndefined < 0 ? i : firstUndefined;
                continue;
            }

            int label = (int)labels[i];
            bool isRight = read.Prediction == label;
            top1 += isRight ? 1 : 0;
            top5 += LogitRow.Rank(row, label) < 5 ? 1 : 0;
            nll -= row[label] - read.LogNormalizer;
            brier += BrierOf(row, read.LogNormalizer, label);
            confusion.Add(label, read.Prediction);
            confidences.Add(Math.Exp(row[read.Prediction] - read.LogNormalizer));
            correct.Add(isRight);
        }

        double count = labels.Length;
        IReadOnlyList<ReliabilityBin> equalWidth = Calibration.EqualWidthBins(confidences, correct, bins);
        IReadOnlyList<ReliabilityBin> equalMass = Calibration.EqualMassBins(confidences, correct, bins);
        bool isComplete = undefined == 0 && labels.Length > 0;
        return new ClassificationFigures
        {
            Samples = labels.Length,
            Classes = classes,
            UndefinedRows = undefined,
            FirstUndefinedRow = firstUndefined,
            Top1 = labels.Length == 0 ? double.NaN : top1 / count,
            Top5 = labels.Length == 0 ? double.NaN : top5 / count,
            NegativeLogLikelihood = isComplete ? nll / count : double.NaN,
            Brier = isComplete ? brier / count : double.NaN,
            ExpectedCalibrationError = isComplete ? Calibration.Error(equalWidth) : double.NaN,
            AdaptiveCalibrationError = isComplete ? Calibration.Error(equalMass) : double.NaN,
            Bins = equalWidth,
            Confusion = confusion,
        };
    }

    internal static void RequireRows(int logits, int rows, int classes, string argument)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        if (logits != (long)rows * classes)
        {
            throw new ArgumentException(
                $"'{argument}' has {logits} values; {rows} rows of {classes} classes need {(long)rows * classes}.", argument);
        }
    }

    internal static void RequireLabels(ReadOnlySpan<long> labels, int classes)
    {
        for (int i = 0; i < labels.Length; i++)
        {
            if (labels[i] < 0 || labels[i] >= classes)
            {
                throw new ArgumentException(
                    $"'labels' has {labels[i]} at position {i}; labels of {classes} classes lie in 0 … {classes - 1}.",
                    nameof(labels));
            }
        }
    }

    private static double BrierOf(ReadOnlySpan<float> row, double logNormalizer, int label)
    {
        double sum = 0;
        for (int k = 0; k < row.Length; k++)
        {
            double off = Math.Exp(row[k] - logNormalizer) - (k == label ? 1 : 0);
            sum += off * off;
        }

        return sum;
    }
}
