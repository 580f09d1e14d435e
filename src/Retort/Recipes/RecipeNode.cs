namespace Retort.Recipes;

/// <summary>A value of a recipe, with its place.</summary>
internal abstract class RecipeNode(SourceSpan span)
{
    public SourceSpan Span { get; } = span;

    /// <summary>What messages call a value of this form.</summary>
    public abstract string Kind { get; }

    /// <summary>Copies the node and all below it, so that one anchor used twice is two values.</summary>
    /// <param name="spend">Called once a node; throws when the recipe grows past its limit.</param>
    public abstract RecipeNode Copy(Action spend);
}

/// <summary>Text, or what text stands for: a number, true or false, nothing.</summary>
internal sealed class RecipeScalar(SourceSpan span, string text, bool plain) : RecipeNode(span)
{
    public string Text { get; } = text;

    /// <summary>Whether it was written without quotes, so that it may be a number, a truth value or nothing.</summary>
    public bool Plain { get; } = plain;

    /// <summary>What to write in the resolved recipe instead of the text: a secret's <c>${NAME}</c>, a path's absolute
    /// form.</summary>
    public string? Written { get; set; }

    public bool IsNull => Plain && Text is ("" or "~" or "null" or "Null" or "NULL");

    public override string Kind => IsNull ? "nothing" : !Plain ? "text in quotes" : YamlText.IsBoolean(Text) ? "a truth value"
        : YamlText.IsNumber(Text) ? "a number" : "text";

    public override RecipeNode Copy(Action spend)
    {
        spend();
        return new RecipeScalar(Span, Text, Plain) { Written = Written };
    }
}

/// <summary>A list.</summary>
internal sealed class RecipeSequence(SourceSpan span, List<RecipeNode> items) : RecipeNode(span)
{
    public List<RecipeNode> Items { get; } = items;

    public override string Kind => "a list";

    public override RecipeNode Copy(Action spend)
    {
        spend();
        return new RecipeSequence(Span, Items.ConvertAll(item => item.Copy(spend)));
    }
}

/// <summary>A mapping: keys in the order they were written.</summary>
internal sealed class RecipeMapping(SourceSpan span, List<RecipeEntry> entries) : RecipeNode(span)
{
    public List<RecipeEntry> Entries { get; } = entries;

    public override string Kind => "a mapping";

    public RecipeEntry? Find(string key) => Entries.Find(entry => entry.Key == key);

    public override RecipeNode Copy(Action spend)
    {
        spend();
        return new RecipeMapping(Span, Entries.ConvertAll(entry => entry.With(entry.Value.Copy(spend), entry.Inherited)));
    }
}

/// <summary>One key of a mapping with its value.</summary>
internal sealed class RecipeEntry(string key, SourceSpan keySpan, RecipeNode value)
{
    public string Key { get; } = key;

    public SourceSpan KeySpan { get; } = keySpan;

    public RecipeNode Value { get; set; } = value;

    /// <summary>Whether a weaker text gave the entry (an included file, a default) to a mapping that has entries of its
    /// own.</summary>
    /// <remarks>Where a mapping is a choice, its own entries push the inherited ones out: <c>adam</c> replaces
    /// <c>sgd</c>.</remarks>
    public bool Inherited { get; set; }

    /// <summary>The weaker text's scalar that this entry's value replaced.</summary>
    public string? Replaced { get; set; }

    /// <summary>The same key with another value.</summary>
    public RecipeEntry With(RecipeNode value, bool inherited) =>
        new(Key, KeySpan, value) { Inherited = inherited, Replaced = Replaced };
}
