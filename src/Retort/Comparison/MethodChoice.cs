using System.Globalization;
using System.Text.RegularExpressions;
using Retort.Distillation;
using Retort.Runs;

namespace Retort.Comparison;

/// <summary>A method that takes part in a comparison or a search, with the settings that it is given.</summary>
public sealed partial record MethodChoice
{
    /// <summary>The slug of the term that is there anyway.</summary>
    internal const string TaskSlug = "cross-entropy";

    /// <summary>What its stage and its row are called: the slug, with a number where a method is named twice.</summary>
    public required string Name { get; init; }

    /// <summary>The criterion's slug.</summary>
    public required string Slug { get; init; }

    /// <summary>Options that the user wrote, as a YAML mapping such as <c>{weight: 10}</c>; empty for none.</summary>
    public string Written { get; init; } = "";

    /// <summary>Options laid over the written ones, each as YAML: what a search found.</summary>
    public IReadOnlyDictionary<string, string> Found { get; init; } = new Dictionary<string, string>();

    /// <summary>The learning rate in the place of the stage's; null leaves that.</summary>
    public double? LearningRate { get; init; }

    /// <summary>Everything that differs from the defaults, on one line; empty where nothing does.</summary>
    public string Settings => string.Join(", ", Parts());

    /// <summary>Reads a list such as <c>kd,at={weight: 10},dkd</c>; <c>all</c> stands for every published method that is a
    /// criterion.</summary>
    /// <param name="list">Slugs with commas between them, each with a YAML mapping of options after <c>=</c> where
    /// wanted.</param>
    /// <param name="registry">Knows the slugs.</param>
    /// <exception cref="RunException">The list names nothing, an unknown method, or malformed options.</exception>
    public static IReadOnlyList<MethodChoice> Parse(string list, ComponentRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(list);
        ArgumentNullException.ThrowIfNull(registry);
        Component[] known = [.. registry.Of(typeof(CriterionOptions)).Where(c => c.Slug != TaskSlug)];
        var choices = new List<MethodChoice>();
        foreach (string item in SplitAtCommas(list))
        {
            if (item == "all")
            {
                choices.AddRange(known.Where(c => c.Attribute is MethodAttribute && choices.TrueForAll(o => o.Slug != c.Slug))
                    .Select(c => new MethodChoice { Name = c.Slug, Slug = c.Slug }));
                continue;
            }

            int equals = item.IndexOf('=', StringComparison.Ordinal);
            string slug = (equals < 0 ? item : item[..equals]).Trim();
            if (!Array.Exists(known, c => c.Slug == slug))
                throw Unknown(slug, known);
            string written = equals < 0 ? "" : item[(equals + 1)..].Trim();
            if (equals >= 0)
                _ = YamlPart.Mapping(written, $"--methods {slug}=");
            choices.Add(
                new MethodChoice { Name = FreeName(slug, choices.ConvertAll(c => c.Name)), Slug = slug, Written = written });
        }

        return choices.Count > 0 ? choices : throw new RunException(
            "--methods names no method; `retort methods` lists them, and `--methods all` takes every one that fits.",
            isInputWrong: true);
    }

    /// <summary>Whether the user or a search set an option.</summary>
    internal bool Sets(string key) =>
        Found.ContainsKey(key) || (Written.Length > 0 && YamlPart.Mapping(Written, Name).Find(key) is not null);

    internal static string FreeName(string wanted, IReadOnlyCollection<string> taken)
    {
        string name = wanted;
        for (int number = 2; taken.Contains(name); number++)
            name = string.Create(CultureInfo.InvariantCulture, $"{wanted}-{number}");
        return name;
    }

    // Commas inside of braces, brackets and quotes belong to an item.
    private static IEnumerable<string> SplitAtCommas(string list)
    {
        int depth = 0, start = 0;
        char quote = '\0';
        for (int i = 0; i <= list.Length; i++)
        {
            char c = i < list.Length ? list[i] : ',';
            if (quote != '\0' && i < list.Length)
                quote = c == quote ? '\0' : quote;
            else if (c is '"' or '\'')
                quote = c;
            else if (c is '{' or '[')
                depth++;
            else if (c is '}' or ']')
                depth--;
            else if (c == ',' && (depth <= 0 || i == list.Length))
            {
                string item = list[start..i].Trim();
                start = i + 1;
                if (item.Length > 0)
                    yield return item;
            }
        }
    }

    private static RunException Unknown(string slug, Component[] known)
    {
        string? nearest = Spelling.Nearest(slug, known.Select(c => c.Slug));
        string why = slug == TaskSlug
            ? "it is the baseline, which every comparison has."
            : nearest is null ? "`retort methods` lists them." : $"nearest: {nearest}.";
        return new RunException($"--methods names '{slug}', and there is no such method; {why}", isInputWrong: true);
    }

    private IEnumerable<string> Parts()
    {
        if (Written.Length > 0)
        {
            string inner = Braces().Replace(Written, "$1").Trim();
            if (inner.Length > 0)
                yield return inner;
        }

        foreach ((string key, string value) in Found)
            yield return $"{key}: {Quotes().Replace(value, "$1")}";
        if (LearningRate is { } rate)
            yield return string.Create(CultureInfo.InvariantCulture, $"lr: {rate:R}");
    }

    [GeneratedRegex(@"^\{(.*)\}$", RegexOptions.Singleline)]
    private static partial Regex Braces();

    [GeneratedRegex("\"([a-z_]+)\"")]
    private static partial Regex Quotes();
}
