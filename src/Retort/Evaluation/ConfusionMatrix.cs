namespace Retort.Evaluation;

/// <summary>Counts of label against prediction: rows are labels, columns predictions. Only what occurs is stored.</summary>
public sealed class ConfusionMatrix
{
    private readonly Dictionary<(int Label, int Prediction), long> _counts = [];
    private readonly long[] _support;

    /// <summary>Creates a matrix of zeros for <paramref name="classes"/> ≥ 1.</summary>
    public ConfusionMatrix(int classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        Classes = classes;
        _support = new long[classes];
    }

    /// <summary>K.</summary>
    public int Classes { get; }

    /// <summary>All that were counted.</summary>
    public long Total => _support.Sum();

    /// <summary>How often a sample of class <paramref name="label"/> was taken for <paramref name="prediction"/>.</summary>
    public long this[int label, int prediction]
    {
        get
        {
            Require(label, nameof(label));
            Require(prediction, nameof(prediction));
            return _counts.GetValueOrDefault((label, prediction));
        }
    }

    /// <summary>Every cell that is not 0, by label, then by prediction.</summary>
    public IEnumerable<Confusion> Cells() =>
        _counts.OrderBy(c => c.Key).Select(c => new Confusion(c.Key.Label, c.Key.Prediction, c.Value));

    /// <summary>Counts samples.</summary>
    public void Add(int label, int prediction, long count = 1)
    {
        Require(label, nameof(label));
        Require(prediction, nameof(prediction));
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        _counts[(label, prediction)] = _counts.GetValueOrDefault((label, prediction)) + count;
        _support[label] += count;
    }

    /// <summary>Adds another matrix, such as another seed's, to this one.</summary>
    /// <exception cref="ArgumentException">It has another number of classes.</exception>
    public void Add(ConfusionMatrix other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Classes != Classes)
            throw new ArgumentException($"'other' has {other.Classes} classes; this matrix has {Classes}.", nameof(other));
        foreach (Confusion cell in other.Cells().ToArray())
            Add(cell.Label, cell.Prediction, cell.Count);
    }

    /// <summary>How many samples of a class were counted.</summary>
    public long Support(int label)
    {
        Require(label, nameof(label));
        return _support[label];
    }

    /// <summary>The share of each class that was recognised (its recall), [K]; NaN for a class without samples.</summary>
    public IReadOnlyList<double> PerClassAccuracy() =>
        [.. Enumerable.Range(0, Classes).Select(k => (double)this[k, k] / _support[k])];

    /// <summary>Precision, recall and F1 of each class, in the classes' order.</summary>
    public IReadOnlyList<ClassReport> Reports()
    {
        var taken = new long[Classes];
        foreach (Confusion cell in Cells())
            taken[cell.Prediction] += cell.Count;
        double Share(int label, long of) => of == 0 ? 0 : (double)this[label, label] / of;
        return [.. Enumerable.Range(0, Classes)
            .Select(k => new ClassReport(k, _support[k], Share(k, taken[k]), Share(k, _support[k])))];
    }

    /// <summary>The mean F1 of the classes that have samples; NaN where nothing was counted.</summary>
    public double MacroF1() =>
        Total == 0 ? double.NaN : Reports().Where(r => r.Support > 0).Average(r => r.F1);

    /// <summary>The most frequent mistakes, most frequent first; equal counts in the classes' order.</summary>
    public IReadOnlyList<Confusion> MostConfused(int count) =>
        [.. Cells().Where(c => c.Label != c.Prediction).OrderByDescending(c => c.Count).Take(count)];

    private void Require(int index, string argument)
    {
        if ((uint)index >= (uint)Classes)
            throw new ArgumentOutOfRangeException(argument, index, $"'{argument}' must lie in 0 … {Classes - 1}.");
    }
}
