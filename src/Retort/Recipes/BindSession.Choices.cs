namespace Retort.Recipes;

internal sealed partial class BindSession
{
    /// <summary>Binds a choice: <c>slug</c>, <c>slug: { options }</c>, or with a tag <c>{ tag: slug, options }</c>.</summary>
    private bool TryChoice(RecipeNode node, Type type, Slot slot, out object? value)
    {
        value = null;
        KindAttribute kind = ComponentRegistry.KindOf(type)
            ?? throw new InvalidOperationException($"{type.FullName} is abstract and needs a {nameof(KindAttribute)}.");
        if (node is RecipeScalar { IsNull: false } scalar)
            return TryNamed(scalar, type, kind, slot, out value);
        if (node is not RecipeMapping mapping)
            return WrongType(node, type, slot);
        if (kind.Tag is not null)
            return TryObject(mapping, type, LabelOf(slot, kind), slot, null, out value);
        if (mapping.Entries.Exists(entry => !entry.Inherited))
            mapping.Entries.RemoveAll(entry => entry.Inherited);
        if (mapping.Entries is not [var only])
            return BadChoice(mapping, type, kind, slot);
        if (FindComponent(type, kind, only.Key, only.KeySpan) is not { } component)
            return false;
        return TryOptions(only.Value, component, kind, slot with { Owner = only.KeySpan }, out value);
    }

    private bool TryNamed(RecipeScalar scalar, Type type, KindAttribute kind, Slot slot, out object? value)
    {
        value = null;
        bool number = kind.Number is not null && scalar.Plain && YamlText.IsNumber(scalar.Text);
        if (FindComponent(type, kind, number ? kind.Number! : scalar.Text, scalar.Span) is not { } component)
            return false;
        slot = slot with { Owner = scalar.Span };
        if (number)
            return TryOptions(scalar, component, kind, slot, out value);
        // A record may be written into the file later (a default below it), so the scalar becomes a mapping only here.
        var empty = new RecipeMapping(scalar.Span, []);
        return TryObject(empty, component.OptionsType, $"{kind.Noun} '{component.Slug}'",
            slot with { Hint = HintFor(component) ?? slot.Hint }, component, out value);
    }

    private bool TryOptions(RecipeNode node, Component component, KindAttribute kind, Slot slot, out object? value)
    {
        string label = $"{kind.Noun} '{component.Slug}'";
        slot = slot with { Words = $"'{component.Slug}'", Hint = HintFor(component) ?? slot.Hint };
        if (node is RecipeScalar { IsNull: true })
            node = new RecipeMapping(node.Span, []);
        if (node is RecipeMapping mapping)
            return TryObject(mapping, component.OptionsType, label, slot, component, out value);
        if (TypeModel.Of(component.OptionsType).Shorthand is { } shorthand)
            return TryShorthand(node, component.OptionsType, shorthand, label, slot, component, out value);
        value = null;
        return WrongType(node, component.OptionsType, slot);
    }

    private bool TryShorthand(
        RecipeNode node, Type type, PropertyModel shorthand, string label, Slot slot, Component? component, out object? value)
    {
        var mapping = new RecipeMapping(node.Span, [new RecipeEntry(shorthand.Key, node.Span, node)]);
        return TryObject(mapping, type, label, slot, component, out value);
    }

    private Component? FindComponent(Type type, KindAttribute kind, string slug, SourceSpan span)
    {
        if (Registry.Find(type, slug) is { } component)
            return component;
        string[] slugs = [.. Registry.Of(type).Select(known => known.Slug)];
        Report(RecipeCodes.UnknownName, span, $"there is no {kind.Noun} '{slug}'",
            Expect.OneOf(slugs, slug), Spelling.Nearest(slug, slugs));
        return null;
    }

    private bool BadChoice(RecipeMapping mapping, Type type, KindAttribute kind, Slot slot)
    {
        List<RecipeEntry> entries = mapping.Entries;
        // `- train:` with its options not indented below it is the slip that YAML makes easiest.
        bool outdented = entries.Count > 1 && entries[0].Value is RecipeScalar { IsNull: true }
            && Registry.Find(type, entries[0].Key) is not null;
        Report(RecipeCodes.BadChoice, entries.Count > 1 ? entries[1].KeySpan : slot.Owner,
            entries.Count == 0 ? $"{slot.Words} names no {kind.Noun}"
            : outdented ? $"'{entries[1].Key}' stands beside '{entries[0].Key}', not inside it"
            : $"{slot.Words} names {entries.Count} things: {string.Join(", ", entries.Take(8).Select(entry => entry.Key))}",
            outdented ? $"the options of '{entries[0].Key}' to be indented below it"
            : $"a single {kind.Noun}: {Expect.Value(type, null, Registry)}", hint: slot.Hint);
        return false;
    }

    private Shape ShapeOf(Type type, RecipeMapping mapping, Component? component, Slot slot, PropertyModel? inlined = null)
    {
        var shape = new Shape { Type = type, Chosen = component };
        if (type.IsAbstract)
        {
            KindAttribute? kind = ComponentRegistry.KindOf(type);
            string tag = kind?.Tag
                ?? throw new InvalidOperationException($"{type.FullName} is abstract and needs a tag to be chosen by.");
            shape.Keys.Add(tag);
            shape.Chosen = ChosenBy(tag, type, kind, mapping, slot, inlined is { Required: false }, shape);
            shape.Type = shape.Chosen?.OptionsType;
            shape.Known = shape.Chosen is not null || shape.Absent;
            if (shape.Type is null)
                return shape;
        }
        TypeModel model = TypeModel.Of(shape.Type);
        shape.Keys.UnionWith(model.Reserved);
        foreach (PropertyModel property in model.Properties)
        {
            if (!property.Inline)
            {
                shape.Keys.Add(property.Key);
                continue;
            }
            Shape inner = ShapeOf(property.Type, mapping, null, slot, property);
            shape.Inlined.Add(property, inner);
            shape.Keys.UnionWith(inner.Keys);
            shape.Known &= inner.Known;
            shape.TagReplaced |= inner.TagReplaced;
            shape.Chosen ??= inner.Chosen;
        }
        return shape;
    }

    private Component? ChosenBy(
        string tag, Type type, KindAttribute kind, RecipeMapping mapping, Slot slot, bool optional, Shape shape)
    {
        if (mapping.Find(tag) is not { } entry)
        {
            shape.Absent = optional;
            if (!optional)
            {
                Report(RecipeCodes.MissingKey, slot.Owner, $"{LabelOf(slot, kind)} lacks the key '{tag}'",
                    $"{tag}: {Expect.OneOf(Registry.Of(type).Select(component => component.Slug))}");
            }
            return null;
        }
        if (entry.Value is not RecipeScalar { IsNull: false } scalar)
        {
            Report(RecipeCodes.WrongType, entry.KeySpan, $"'{tag}' is {entry.Value.Kind}", $"the name of a {kind.Noun}");
            return null;
        }
        shape.TagReplaced = entry.Replaced is not null && entry.Replaced != scalar.Text;
        return FindComponent(type, kind, scalar.Text, scalar.Span);
    }

    private static string LabelOf(Slot slot, KindAttribute kind) =>
        slot.Name is null ? slot.Words : slot.Property is { } property && TypeModel.ValueOf(property.Type) is { } item
            && TypeModel.Of(item).Noun is { } noun ? $"{noun} '{slot.Name}'" : kind.Tag is null ? slot.Words : $"'{slot.Name}'";
}
