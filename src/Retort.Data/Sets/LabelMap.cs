using System.Globalization;

namespace Retort.Data.Sets;

/// <summary>Numbers the labels that a training file has: as numbers where all are whole ones, else as words.</summary>
internal sealed class LabelMap
{
    private readonly Dictionary<string, long> _labels = [];

    public LabelMap(IEnumerable<string> words)
    {
        string[] distinct = [.. words.Distinct()];
        bool numbers = Array.TrueForAll(
            distinct, word => long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _));
        ClassNames = numbers
            ? [.. distinct.OrderBy(word => long.Parse(word, CultureInfo.InvariantCulture))]
            : [.. distinct.Order(StringComparer.Ordinal)];
        foreach (string word in ClassNames)
            _labels.Add(word, _labels.Count);
    }

    public IReadOnlyList<string> ClassNames { get; }

    public long Find(string word, string file, long line) => _labels.TryGetValue(word, out long label) ? label
        : throw new DataFormatException(file, $"line {line}",
            $"the label is '{word}'; the training file has: {string.Join(", ", ClassNames.Take(20))}"
            + (ClassNames.Count > 20 ? ", …" : string.Empty));
}
