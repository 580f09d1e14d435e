using System.Globalization;
using Retort.Data.Formats;

namespace Retort.Data.Sets;

/// <summary>Turns a column of a table into features, as its training values suggest.</summary>
internal sealed class ColumnEncoder
{
    private readonly int _column;
    private readonly IReadOnlyList<string> _missing;
    private readonly Dictionary<string, int>? _categories;
    private readonly double _mean;
    private readonly double _deviation;

    private ColumnEncoder(
        int column, IReadOnlyList<string> missing, Dictionary<string, int>? categories, double mean, double deviation)
    {
        _column = column;
        _missing = missing;
        _categories = categories;
        _mean = mean;
        _deviation = deviation;
    }

    /// <summary>How many features the column becomes.</summary>
    public int Width => _categories?.Count ?? 1;

    public static ColumnEncoder Learn(Table train, int column, IReadOnlyList<string> missing, int maxCategories)
    {
        List<double> numbers = [];
        SortedSet<string> words = new(StringComparer.Ordinal);
        bool numeric = true;
        foreach (DelimitedRecord row in train.Rows)
        {
            string field = row.Fields[column];
            if (missing.Contains(field))
                continue;
            words.Add(field);
            numeric = numeric && TryNumber(field, numbers);
        }
        if (numeric && numbers.Count > 0)
        {
            double mean = numbers.Average();
            double deviation = Math.Sqrt(numbers.Average(x => (x - mean) * (x - mean)));
            return new ColumnEncoder(column, missing, null, mean, deviation > 0 ? deviation : 1);
        }
        if (words.Count > maxCategories)
        {
            throw new DataFormatException(train.Path, "header",
                $"the column '{train.Columns[column]}' has {words.Count} categories; at most {maxCategories} are allowed "
                + "(leave the column out with `ignore`)");
        }
        return new ColumnEncoder(
            column, missing, words.Select((word, k) => (word, k)).ToDictionary(pair => pair.word, pair => pair.k), 0, 1);
    }

    public void Encode(Table table, DelimitedRecord row, Span<float> features)
    {
        string field = row.Fields[_column];
        features[..Width].Clear();
        if (_missing.Contains(field))
            return;
        if (_categories is null)
        {
            List<double> number = [];
            if (!TryNumber(field, number))
                throw new DataFormatException(
                    table.Path, $"line {row.Line}", $"'{field}' in column '{table.Columns[_column]}', which holds numbers");
            features[0] = (float)((number[0] - _mean) / _deviation);
        }
        else if (_categories.TryGetValue(field, out int place))
        {
            features[place] = 1;
        }
    }

    private static bool TryNumber(string field, List<double> numbers)
    {
        bool fine = double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            && double.IsFinite(number);
        if (fine)
            numbers.Add(number);
        return fine;
    }
}
