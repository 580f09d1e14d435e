using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Retort.Recipes;

/// <summary>Turns YAML (or JSON, which is YAML) into nodes that know their places.</summary>
internal sealed class NodeReader
{
    private readonly SourceText _source;
    private readonly ReadContext _context;
    private readonly Parser _parser;
    private readonly Dictionary<string, RecipeNode> _anchors = new(StringComparer.Ordinal);
    private int _depth;

    private NodeReader(SourceText source, string text, ReadContext context)
    {
        // Line ends as counted in Lines, so that the parser's places are ours.
        _source = source;
        _context = context;
        _parser = new Parser(new StringReader(text));
    }

    /// <summary>Reads one document; null where the text holds none.</summary>
    /// <param name="source">The text.</param>
    /// <param name="context">Limits, environment and errors of the whole recipe.</param>
    /// <param name="skip">How many characters of the first line are not part of the YAML (the path of <c>--set
    /// path=value</c>).</param>
    /// <exception cref="RecipeException">The text is no YAML, or passes a limit.</exception>
    public static RecipeNode? Read(SourceText source, ReadContext context, int skip = 0)
    {
        for (int line = 0; line < source.Lines.Count; line++)
        {
            int bad = source.Lines[line].AsSpan().IndexOfAnyInRange('\0', '\u0008');
            if (bad >= 0)
            {
                var place = new SourceSpan(source, line + 1, bad + 1, 1);
                throw context.Fatal(RecipeCodes.NotText, place, "a control character in the text");
            }
        }
        string text = string.Join('\n', source.Lines);
        // JSON is often indented with tabs, YAML never is.
        if (text.AsSpan().TrimStart().StartsWith("{"))
            text = string.Join('\n', source.Lines.Select(SpacesForLeadingTabs));
        text = string.Concat(new string(' ', skip), text.AsSpan(skip));
        var reader = new NodeReader(source, text, context);
        try
        {
            return reader.ReadStream();
        }
        catch (YamlException error)
        {
            SourceSpan place = reader.Span(error.Start, error.End);
            bool reference = source.Lines[place.Line - 1].Contains("${", StringComparison.Ordinal);
            throw context.Fatal(RecipeCodes.Syntax, place, Clause(error),
                reference ? "quotes around \"${NAME}\" inside { } and [ ]" : null);
        }
    }

    private RecipeNode? ReadStream()
    {
        Next<StreamStart>();
        if (Peek() is StreamEnd)
            return null;
        Next<DocumentStart>();
        RecipeNode node = ReadNode();
        Next<DocumentEnd>();
        if (Peek() is not StreamEnd)
            throw Unsupported(Peek(), "a second document in one file");
        return node;
    }

    private RecipeNode ReadNode()
    {
        ParsingEvent current = Peek();
        SourceSpan span = Span(current.Start, current.End);
        _context.SpendNode(span);
        if (++_depth > ReadContext.Deepest)
            throw _context.Fatal(RecipeCodes.TooLarge, span, $"values are nested more than {ReadContext.Deepest} deep");
        RecipeNode node = current switch
        {
            AnchorAlias alias => ReadAlias(alias, span),
            Scalar scalar => ReadScalar(scalar, span),
            SequenceStart start => ReadSequence(start),
            MappingStart start => ReadMapping(start),
            _ => throw Unsupported(current, "this"),
        };
        _depth--;
        if (current is NodeEvent { Anchor.IsEmpty: false } anchored && node is not null && current is not AnchorAlias)
            _anchors[anchored.Anchor.Value] = node;
        return node!;
    }

    private RecipeNode ReadAlias(AnchorAlias alias, SourceSpan span)
    {
        Next<AnchorAlias>();
        if (_anchors.TryGetValue(alias.Value.Value, out RecipeNode? target))
            return target.Copy(() => _context.SpendNode(span));
        throw _context.Fatal(RecipeCodes.UnknownAlias, span, $"no anchor '&{alias.Value.Value}' stands before this alias",
            nearest: Spelling.Nearest(alias.Value.Value, _anchors.Keys));
    }

    private RecipeScalar ReadScalar(Scalar scalar, SourceSpan span)
    {
        Next<Scalar>();
        RefuseTag(scalar);
        bool plain = scalar.Style is ScalarStyle.Plain or ScalarStyle.Any && scalar.Tag.IsEmpty;
        if (scalar.Style == ScalarStyle.SingleQuoted)
            return new RecipeScalar(span, scalar.Value, plain);
        return EnvironmentText.Substitute(scalar.Value, plain, span, _context);
    }

    private RecipeSequence ReadSequence(SequenceStart start)
    {
        Next<SequenceStart>();
        RefuseTag(start);
        var items = new List<RecipeNode>();
        while (Peek() is not SequenceEnd)
            items.Add(ReadNode());
        SequenceEnd end = Next<SequenceEnd>();
        return new RecipeSequence(Span(start.Start, end.End), items);
    }

    private RecipeMapping ReadMapping(MappingStart start)
    {
        Next<MappingStart>();
        RefuseTag(start);
        var entries = new List<RecipeEntry>();
        var keys = new Dictionary<string, RecipeEntry>(StringComparer.Ordinal);
        var merged = new List<RecipeMapping>();
        while (Peek() is not MappingEnd)
        {
            if (Peek() is not Scalar key)
                throw Unsupported(Peek(), "a key that is not plain text");
            Next<Scalar>();
            RefuseTag(key);
            SourceSpan keySpan = Span(key.Start, key.End);
            RecipeNode value = ReadNode();
            if (key.Value == "<<" && key.Style == ScalarStyle.Plain)
            {
                AddMerged(merged, value, keySpan);
                continue;
            }
            var entry = new RecipeEntry(key.Value, keySpan, value);
            if (keys.TryGetValue(key.Value, out RecipeEntry? first))
                _context.Report(RecipeCodes.DuplicateKey, keySpan,
                    $"key '{key.Value}' stands here already, in line {first.KeySpan.Line}");
            else
            {
                entries.Add(entry);
                keys.Add(key.Value, entry);
            }
        }
        MappingEnd end = Next<MappingEnd>();
        foreach (RecipeEntry entry in merged.SelectMany(mapping => mapping.Entries))
        {
            if (keys.TryAdd(entry.Key, entry))
                entries.Add(entry);
        }
        return new RecipeMapping(Span(start.Start, end.End), entries);
    }

    private void AddMerged(List<RecipeMapping> merged, RecipeNode value, SourceSpan span)
    {
        IEnumerable<RecipeNode> parts = value is RecipeSequence list ? list.Items : [value];
        foreach (RecipeNode part in parts)
        {
            if (part is RecipeMapping mapping)
                merged.Add(mapping);
            else
                _context.Report(RecipeCodes.BadMergeKey, span, $"'<<' adds the entries of a mapping, but this is {part.Kind}",
                    "an alias of a mapping, such as <<: *base, or a list of them");
        }
    }

    private ParsingEvent Peek()
    {
        if (_parser.Current is null && !Advance())
            throw new YamlException("the text ends too early");
        return _parser.Current!;
    }

    private bool Advance()
    {
        Mark last = _parser.Current?.End ?? Mark.Empty;
        try
        {
            return _parser.MoveNext();
        }
        catch (Exception error)
            when (error is InvalidOperationException or ArgumentException or FormatException or OverflowException)
        {
            // The parser's own checks do not foresee every text, such as a byte order mark in the middle of a word.
            throw new YamlException(last, last, "the text is not valid YAML somewhere after this", error);
        }
    }

    private T Next<T>()
        where T : ParsingEvent
    {
        if (Peek() is not T current)
            throw Unsupported(Peek(), "this");
        Advance();
        return current;
    }

    private void RefuseTag(NodeEvent node)
    {
        if (!node.Tag.IsEmpty && node.Tag.Value is not ("tag:yaml.org,2002:str" or "!"))
            throw Unsupported(node, $"the tag '{node.Tag.Value}'");
    }

    private RecipeException Unsupported(ParsingEvent at, string what) =>
        _context.Fatal(RecipeCodes.Unsupported, Span(at.Start, at.End), $"recipes cannot hold {what}");

    private SourceSpan Span(Mark start, Mark end)
    {
        int line = (int)Math.Clamp(start.Line, 1, _source.Lines.Count);
        string text = _source.Lines[line - 1].TrimEnd();
        int column = (int)Math.Clamp(start.Column, 1, text.Length + 1);
        int last = end.Line == start.Line ? (int)Math.Min(end.Column - 1, text.Length) : text.Length;
        return new SourceSpan(_source, line, column, Math.Max(1, last - column + 1));
    }

    private static string SpacesForLeadingTabs(string line)
    {
        int content = line.AsSpan().IndexOfAnyExcept(' ', '\t');
        return content <= 0 ? line : new string(' ', content) + line[content..];
    }

    // The parser's texts are English sentences; ours are clauses.
    private static string Clause(YamlException error)
    {
        string text = error.Message.Trim().TrimEnd('.');
        return text.Length == 0 ? "the text is not valid YAML" : char.ToLowerInvariant(text[0]) + text[1..];
    }
}
