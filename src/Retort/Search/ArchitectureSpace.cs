using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Retort.Export;
using Retort.Models;

namespace Retort.Search;

/// <summary>The architectures that a search may choose from: a model with some of its options at one of a few values
/// each.</summary>
internal sealed class ArchitectureSpace
{
    // Numbers of architectures must be exact in a checkpoint and in arithmetic.
    private const double Most = 1e15;

    private readonly ModelOptions _base;
    private readonly (string Key, JsonNode?[] Values)[] _options;

    private ArchitectureSpace(ModelOptions start, (string Key, JsonNode?[] Values)[] options)
    {
        _base = start;
        _options = options;
        Sizes = [.. options.Select(o => o.Values.Length)];
        Size = Sizes.Aggregate(1L, (product, size) => product * size);
    }

    /// <summary>How many values each option has.</summary>
    public IReadOnlyList<int> Sizes { get; }

    /// <summary>How many architectures there are.</summary>
    public long Size { get; }

    /// <summary>Reads a space.</summary>
    /// <param name="start">What is not varied.</param>
    /// <param name="written">Options by key, as the recipe has them.</param>
    /// <param name="report">Told what is wrong: a key, what it is about, and what would have been right.</param>
    /// <returns>The space, or null where something is wrong.</returns>
    public static ArchitectureSpace? Read(
        ModelOptions start, IReadOnlyDictionary<string, IReadOnlyList<string>> written, Action<string, string, string?> report)
    {
        var options = new List<(string Key, JsonNode?[] Values)>();
        JsonNode known = ModelOptionsJson.Write(start);
        bool isWrong = false;
        void Wrong(string key, string message, string? expected)
        {
            isWrong = true;
            report(key, message, expected);
        }

        double size = 1;
        // In an order of their own: the stage's key does not know the recipe's, and numbers of architectures must mean the same.
        foreach ((string key, IReadOnlyList<string> values) in written.OrderBy(w => w.Key, StringComparer.Ordinal))
        {
            size *= values.Count;
            if (Holder(known, key) is not { } place)
            {
                string[] keys = [.. ((JsonObject)known).Where(k => k.Key != "has_weights").Select(k => k.Key)];
                Wrong(
                    key, $"the model has no option '{key}'",
                    $"one of: {string.Join(", ", keys)}; KEY.0 is the first item of a list");
                continue;
            }

            if (values.Count == 0 || values.Distinct().Count() != values.Count)
            {
                Wrong(key, $"'{key}' has {values.Distinct().Count()} different values of {values.Count}", "different values");
                continue;
            }

            var nodes = new JsonNode?[values.Count];
            for (int k = 0; k < nodes.Length; k++)
            {
                nodes[k] = Parse(values[k]);
                if (Fault(start, key, nodes[k]) is { } fault)
                    Wrong(key, $"'{key}' cannot be {values[k]}: {fault}", null);
            }

            options.Add((key, nodes));
        }

        if (size > Most)
            Wrong(written.Keys.First(), FormattableString.Invariant($"the space has {size:G3} architectures"), "fewer");
        return isWrong ? null : new ArchitectureSpace(start, [.. options]);
    }

    /// <summary>The options of the model with these values.</summary>
    /// <param name="choice">Of each option the place of its value.</param>
    /// <exception cref="JsonException">The values do not go into the model's options.</exception>
    public ModelOptions Of(IReadOnlyList<int> choice)
    {
        JsonNode json = ModelOptionsJson.Write(_base);
        for (int k = 0; k < _options.Length; k++)
            Set(json, _options[k].Key, _options[k].Values[choice[k]]);
        return ModelOptionsJson.Read(json, _base.GetType());
    }

    /// <summary>Which value each option has in the architecture of a number.</summary>
    public int[] ChoiceOf(long number) => SearchHistory.ChoiceOf(number, Sizes);

    /// <summary>Architectures to look at before anything runs: all, or of a large space each value of each option beside the
    /// first values of the others.</summary>
    /// <param name="most">More are too many to look at all.</param>
    public IEnumerable<int[]> ToCheck(int most)
    {
        if (Size <= most)
            return Enumerable.Range(0, (int)Size).Select(k => ChoiceOf(k));
        return Sizes.SelectMany((size, option) => Enumerable.Range(0, size).Select(value =>
        {
            var choice = new int[Sizes.Count];
            choice[option] = value;
            return choice;
        }));
    }

    /// <summary>The varied options with their values, for people and files.</summary>
    public JsonObject Describe(IReadOnlyList<int> choice) =>
        new(_options.Select((o, k) => new KeyValuePair<string, JsonNode?>(o.Key, o.Values[choice[k]]?.DeepClone())));

    // Why one value alone does not go into the model, or null; whether values go together is seen when a candidate is built.
    private static string? Fault(ModelOptions start, string key, JsonNode? value)
    {
        try
        {
            JsonNode json = ModelOptionsJson.Write(start);
            Set(json, key, value);
            ModelOptionsJson.Read(json, start.GetType());
            return null;
        }
        catch (JsonException)
        {
            return "it is not of the option's type";
        }
    }

    // A value as recipes write it: a number, a truth value, a list in brackets, or else a word.
    private static JsonNode? Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }

    private static void Set(JsonNode json, string key, JsonNode? value)
    {
        string last = key.Split('.')[^1];
        JsonNode holder = Holder(json, key)!;
        if (holder is JsonArray list)
            list[int.Parse(last, CultureInfo.InvariantCulture)] = value?.DeepClone();
        else
            holder[last] = value?.DeepClone();
    }

    // The object or list that has the place of a key, or null where there is no such place.
    private static JsonNode? Holder(JsonNode json, string key)
    {
        JsonNode? holder = null, at = json;
        foreach (string part in key.Split('.'))
        {
            holder = at;
            switch (at)
            {
                case JsonObject record when record.TryGetPropertyValue(part, out JsonNode? value) && part != "has_weights":
                    at = value;
                    break;
                case JsonArray list when int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int index)
                    && index < list.Count:
                    at = list[index];
                    break;
                default:
                    return null;
            }
        }

        return holder;
    }
}
