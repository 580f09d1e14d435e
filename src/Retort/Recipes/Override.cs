using System.Globalization;

namespace Retort.Recipes;

/// <summary>Lays one <c>--set path.to.key=value</c> over a recipe.</summary>
internal sealed class Override
{
    private readonly ReadContext _context;
    private readonly SourceText _source;
    private readonly string[] _segments;
    private readonly RecipeNode _value;

    private Override(ReadContext context, SourceText source, string[] segments, RecipeNode value)
    {
        _context = context;
        _source = source;
        _segments = segments;
        _value = value;
    }

    public static RecipeMapping Apply(RecipeMapping root, string argument, ReadContext context)
    {
        SourceText source = context.Source($"--set {argument}", Path.GetFullPath("."), argument, isArgument: true);
        int equals = argument.IndexOf('=', StringComparison.Ordinal);
        string[] segments = equals < 0 ? [] : argument[..equals].Split('.');
        if (segments.Length == 0 || Array.Exists(segments, string.IsNullOrWhiteSpace) || argument.AsSpan(0, equals).Contains('\n')
            || argument.Length > ReadContext.LongestText || segments.Length > ReadContext.Deepest)
        {
            context.Report(RecipeCodes.BadOverride, new SourceSpan(source, 1, 1, Math.Max(1, source.Lines[0].Length)),
                equals < 0 ? "the argument has no '='" : "the part before '=' is no path of keys", "--set path.to.key=value");
            return root;
        }
        RecipeNode value = NodeReader.Read(source, context, equals + 1)
            ?? new RecipeScalar(new SourceSpan(source, 1, Math.Min(equals + 2, argument.Length), 1), "", plain: true);
        return (RecipeMapping)new Override(context, source, segments, value).Put(root, 0);
    }

    private RecipeNode Put(RecipeNode? node, int depth)
    {
        if (depth == _segments.Length)
            return _value;
        return node switch
        {
            RecipeMapping mapping => PutKey(mapping, depth),
            RecipeSequence list => PutItem(list, depth),
            _ => new RecipeMapping(Place(depth), [NewEntry(depth)]),
        };
    }

    private RecipeMapping PutKey(RecipeMapping mapping, int depth)
    {
        if (mapping.Find(_segments[depth]) is { } entry)
        {
            string? before = (entry.Value as RecipeScalar)?.Text;
            entry.Value = Put(entry.Value, depth + 1);
            entry.Inherited = false;
            entry.Replaced ??= before;
            return mapping;
        }
        foreach (RecipeEntry other in mapping.Entries)
            other.Inherited = true;
        mapping.Entries.Add(NewEntry(depth));
        return mapping;
    }

    private RecipeSequence PutItem(RecipeSequence list, int depth)
    {
        string segment = _segments[depth];
        bool byIndex = int.TryParse(segment, NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            && index < list.Items.Count;
        List<int> matches = byIndex ? [index] : Matches(list, item => NameOf(item) == segment);
        if (matches.Count == 0)
            matches = Matches(list, item => SlugOf(item) == segment);
        if (matches.Count != 1)
        {
            string[] names = [.. list.Items.SelectMany(item => new[] { NameOf(item), SlugOf(item) }).OfType<string>().Distinct()];
            _context.Report(RecipeCodes.OverrideNoPlace, Place(depth),
                matches.Count == 0 ? $"the list has no item '{segment}'" : $"the list has {matches.Count} items '{segment}'",
                list.Items.Count == 0 ? "the list to have items" : $"an index from 0 to {list.Items.Count - 1}"
                    + (names.Length > 0 ? $", or one of: {string.Join(", ", names.Order(StringComparer.Ordinal).Take(12))}" : ""),
                Spelling.Nearest(segment, names));
            return list;
        }
        int found = matches[0];
        RecipeNode chosen = list.Items[found];
        if (byIndex || chosen is RecipeMapping named && named.Find("name") is not null)
            list.Items[found] = Put(chosen, depth + 1);
        else if (chosen is RecipeMapping { Entries: [var only] })
        {
            // `stages.teacher.train.epochs` and `stages.teacher.epochs` mean the same.
            bool namesKind = segment != only.Key && depth + 1 < _segments.Length && _segments[depth + 1] == only.Key;
            only.Value = Put(only.Value, depth + (namesKind ? 2 : 1));
        }
        else
            list.Items[found] = new RecipeMapping(Place(depth), [NewEntry(depth)]);
        return list;
    }

    private static List<int> Matches(RecipeSequence list, Predicate<RecipeNode> match) =>
        [.. Enumerable.Range(0, list.Items.Count).Where(i => match(list.Items[i]))];

    private static string? NameOf(RecipeNode item) => item switch
    {
        RecipeMapping own when own.Find("name")?.Value is RecipeScalar name => name.Text,
        RecipeMapping { Entries: [{ Value: RecipeMapping inner }] } => (inner.Find("name")?.Value as RecipeScalar)?.Text,
        _ => null,
    };

    private static string? SlugOf(RecipeNode item) => item switch
    {
        RecipeScalar { IsNull: false } scalar => scalar.Text,
        RecipeMapping { Entries: [var only] } => only.Key,
        _ => null,
    };

    private RecipeEntry NewEntry(int depth) => new(_segments[depth], Place(depth), Put(null, depth + 1));

    private SourceSpan Place(int depth) =>
        new(_source, 1, 1 + _segments.Take(depth).Sum(segment => segment.Length + 1), _segments[depth].Length);
}
