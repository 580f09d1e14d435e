namespace Retort.Recipes;

/// <summary>The binding of one recipe: walks the nodes beside the types and collects what is wrong.</summary>
/// <remarks>A value that is wrong is left out: an optional property keeps its default, a list loses the item, and a record that
/// lacks a required value is left out itself. So whatever a caller gets is complete, and later checks can go on.</remarks>
internal sealed partial class BindSession(ComponentRegistry registry, List<Diagnostic> errors)
{
    // More than anyone reads: past it, a hostile text would only cost time.
    private const int MostErrors = 200;

    public ComponentRegistry Registry { get; } = registry;

    public List<Diagnostic> Errors { get; } = errors;

    /// <summary>Whether something was left out.</summary>
    public bool Dropped { get; private set; }

    public Dictionary<object, BoundObject> Places { get; } = new(ReferenceEqualityComparer.Instance);

    public void Report(
        RecipeCode code, SourceSpan span, string message, string? expected = null, string? nearest = null, string? hint = null) =>
        Errors.Add(new Diagnostic(code, span, message) { Expected = expected, Nearest = nearest, Hint = hint });

    /// <summary>Binds the mapping of a whole recipe.</summary>
    public object? BindRoot(RecipeMapping root, Type type)
    {
        // The whole file is no useful thing to put carets under.
        var start = root.Span with { Length = 1 };
        var slot = new Slot("the recipe", start, null, null);
        return TryObject(root, type, slot.Words, slot, null, out object? value) ? value : null;
    }

    /// <summary>Binds a mapping to a record, including the records that are written inline.</summary>
    /// <param name="mapping">The keys and values.</param>
    /// <param name="type">A concrete record, or the abstract base of a choice that has a tag.</param>
    /// <param name="label">What messages call the record.</param>
    /// <param name="slot">Where it stands.</param>
    /// <param name="component">What a choice has already found the record to belong to.</param>
    /// <param name="value">The record.</param>
    private bool TryObject(RecipeMapping mapping, Type type, string label, Slot slot, Component? component, out object? value)
    {
        Shape shape = ShapeOf(type, mapping, component, slot);
        if (shape.Chosen is { } chosen && component is null)
            label += $" ({chosen.Slug})";
        slot = slot with { Hint = HintFor(shape.Chosen) ?? slot.Hint };
        // A key that was misspelt is not missing as well.
        var meant = new HashSet<string>(StringComparer.Ordinal);
        if (shape.Known)
        {
            mapping.Entries.RemoveAll(entry => entry.Inherited && shape.TagReplaced && !shape.Keys.Contains(entry.Key));
            foreach (RecipeEntry entry in mapping.Entries.Where(entry => !shape.Keys.Contains(entry.Key)).Take(MostErrors))
            {
                string? nearest = Spelling.Nearest(entry.Key, shape.Keys);
                if (nearest is not null)
                    meant.Add(nearest);
                Report(RecipeCodes.UnknownKey, entry.KeySpan, $"{label} has no key '{entry.Key}'",
                    Expect.OneOf(shape.Keys, entry.Key), nearest, slot.Hint);
            }
        }
        return TryFill(shape, mapping, label, slot, meant, out value);
    }

    private bool TryFill(Shape shape, RecipeMapping mapping, string label, Slot slot, HashSet<string> meant, out object? value)
    {
        value = null;
        if (shape.Type is null)
        {
            Dropped = true;
            return false;
        }
        TypeModel model = TypeModel.Of(shape.Type);
        object filled = (shape.Chosen?.OptionsType == shape.Type ? shape.Chosen?.NewOptions() : null) ?? model.New();
        var place = new BoundObject(slot.Owner);
        bool complete = true;
        foreach (PropertyModel property in model.Properties)
        {
            if (property.Inline)
            {
                Shape inner = shape.Inlined[property];
                if (inner.Absent)
                    continue;
                complete &= TryFill(inner, mapping, label, slot, meant, out object? part) || !property.Required;
                if (part is not null)
                    property.Info.SetValue(filled, part);
                continue;
            }
            if (mapping.Find(property.Key) is not { } entry)
            {
                complete &= !property.Required;
                if (property.Required && !meant.Contains(property.Key))
                {
                    Report(RecipeCodes.MissingKey, slot.Owner, $"{label} lacks the key '{property.Key}'",
                        $"{property.Key}: {Expect.Value(property.Type, property, Registry)}", hint: slot.Hint);
                }
                continue;
            }
            var inside = new Slot($"'{property.Key}'", entry.KeySpan, property, slot.Hint, property.Key);
            place.Values[property.Info.Name] = entry.Value is RecipeScalar { IsNull: false } ? entry.Value.Span : entry.KeySpan;
            if (TryValue(entry.Value, property.Type, inside, place, out object? bound))
                property.Info.SetValue(filled, bound);
            else
            {
                Dropped = true;
                complete &= !property.Required;
            }
        }
        Dropped |= !complete;
        if (!complete)
            return false;
        Places[filled] = place;
        if (shape.Chosen is not null)
            Registry.Remember(filled, shape.Chosen);
        value = filled;
        return !Contradicts(filled, slot.Hint);
    }

    private bool Contradicts(object filled, string? hint)
    {
        if (filled is not IValidatable validatable)
            return false;
        int before = Errors.Count;
        foreach (Problem problem in validatable.Validate())
        {
            Report(problem.Code ?? RecipeCodes.Contradiction, PlaceOf(problem.Owner ?? filled, problem.Property, problem.Item),
                problem.Message, problem.Expected, hint: hint);
        }
        return Errors.Count > before;
    }

    /// <summary>The place of a property's value; of its record where the recipe does not give the property.</summary>
    public SourceSpan PlaceOf(object options, string? property, object? item)
    {
        if (!Places.TryGetValue(options, out BoundObject? place))
            throw new ArgumentException($"This {options.GetType().Name} does not come from the recipe.", nameof(options));
        if (property is not null && item is not null && place.Items.TryGetValue((property, item), out SourceSpan span))
            return span;
        return property is not null && place.Values.TryGetValue(property, out span) ? span : place.Owner;
    }

    private static string? HintFor(Component? component) =>
        component is not null && ComponentRegistry.KindOf(component.OptionsType) is { Command: { } command } kind
            ? $"`{command.Replace("{0}", component.Slug, StringComparison.Ordinal)}` describes the {kind.Noun}." : null;
}
