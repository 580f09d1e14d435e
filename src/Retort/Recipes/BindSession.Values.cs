namespace Retort.Recipes;

internal sealed partial class BindSession
{
    private static readonly HashSet<Type> ScalarTypes =
    [
        typeof(string), typeof(bool), typeof(int), typeof(long), typeof(double),
        typeof(FilePath), typeof(TapPath), typeof(Duration),
    ];

    private bool TryValue(RecipeNode node, Type type, Slot slot, BoundObject place, out object? value)
    {
        value = null;
        if (Errors.Count > MostErrors)
            return false;
        if (node is RecipeScalar { IsNull: true } && slot.Property is { Nullable: true } property && property.Type == type)
            return true;
        if (type == typeof(Seeds))
            return TrySeeds(node, slot, out value);
        if (TypeModel.ElementOf(type) is { } element)
            return TryList(node, type, element, slot, place, out value) && HasLength(node, slot);
        if (TypeModel.ValueOf(type) is { } itemType)
            return TryDictionary(node, type, itemType, slot, place, out value) && HasLength(node, slot);
        if (IsScalar(type))
            return TryScalar(node, type, slot, out value) && IsAllowed(value!, node, slot);
        if (!type.IsClass)
            throw new InvalidOperationException($"Recipes cannot hold a {type.FullName} ({slot.Words}).");
        if (type.IsAbstract)
            return TryChoice(node, type, slot, out value) && IsAllowed(value!, node, slot);
        if (node is RecipeMapping mapping)
            return TryObject(mapping, type, slot.LabelOf(type), slot, null, out value);
        if (TypeModel.Of(type).Shorthand is { } shorthand && node is not RecipeScalar { IsNull: true })
            return TryShorthand(node, type, shorthand, slot.LabelOf(type), slot, null, out value);
        return WrongType(node, type, slot);
    }

    private bool TryList(RecipeNode node, Type type, Type element, Slot slot, BoundObject place, out object? value)
    {
        value = null;
        if (node is not RecipeSequence list)
            return WrongType(node, type, slot);
        var items = new List<object?>(list.Items.Count);
        for (int i = 0; i < list.Items.Count; i++)
        {
            RecipeNode item = list.Items[i];
            SourceSpan span = ShownPlace(item);
            var inside = new Slot($"item {i + 1} of {slot.Words}", span, slot.Property, slot.Hint);
            if (!TryValue(item, Nullable.GetUnderlyingType(element) ?? element, inside, place, out object? bound))
            {
                Dropped = true;
                continue;
            }
            if (slot.Property is { } property)
                place.Items[(property.Info.Name, items.Count)] = span;
            items.Add(bound);
        }
        var array = Array.CreateInstance(element, items.Count);
        for (int i = 0; i < items.Count; i++)
            array.SetValue(items[i], i);
        value = type.IsArray || !type.IsClass ? array : Activator.CreateInstance(type, array);
        return true;
    }

    private bool TryDictionary(RecipeNode node, Type type, Type itemType, Slot slot, BoundObject place, out object? value)
    {
        value = null;
        if (node is not RecipeMapping mapping)
            return WrongType(node, type, slot);
        var dictionary = (System.Collections.IDictionary)Activator.CreateInstance(
            typeof(Dictionary<,>).MakeGenericType(typeof(string), itemType), StringComparer.Ordinal)!;
        foreach (RecipeEntry entry in mapping.Entries)
        {
            var inside = new Slot($"'{entry.Key}'", entry.KeySpan, slot.Property, slot.Hint, entry.Key);
            if (!TryValue(entry.Value, Nullable.GetUnderlyingType(itemType) ?? itemType, inside, place, out object? bound))
            {
                Dropped = true;
                continue;
            }
            if (slot.Property is { } property)
                place.Items[(property.Info.Name, entry.Key)] = entry.KeySpan;
            dictionary.Add(entry.Key, bound);
        }
        value = dictionary;
        return true;
    }

    private static bool IsScalar(Type type) => type.IsEnum || ScalarTypes.Contains(type);

    private bool TryScalar(RecipeNode node, Type type, Slot slot, out object? value)
    {
        value = null;
        if (node is not RecipeScalar { IsNull: false } scalar)
            return WrongType(node, type, slot);
        string text = scalar.Text;
        if (type == typeof(string))
            value = text;
        else if (type == typeof(bool) && scalar.Plain && YamlText.IsBoolean(text))
            value = text[0] is 't' or 'T';
        else if (type == typeof(double) && scalar.Plain && YamlText.TryDouble(text, out double number))
            value = number;
        else if ((type == typeof(int) || type == typeof(long)) && scalar.Plain && YamlText.TryLong(text, out long whole))
            value = type == typeof(long) ? whole : whole is >= int.MinValue and <= int.MaxValue ? (int)whole : null;
        else if (type.IsEnum)
            return TryEnum(scalar, type, slot, out value);
        else if (type == typeof(FilePath) && text.Length is > 0 and < 4096 && !text.Contains('\0', StringComparison.Ordinal))
            value = ReadPath(scalar);
        else if (type == typeof(TapPath) && TapPath.TryParse(text, out TapPath? tap))
            value = tap;
        else if (type == typeof(Duration) && Duration.TryParse(text, out Duration duration))
            value = duration;
        if (value is double.NaN or double.PositiveInfinity or double.NegativeInfinity)
        {
            Report(RecipeCodes.OutOfRange, scalar.Span, $"{slot.Words} is {text}", "a finite number", hint: slot.Hint);
            return false;
        }
        if (value is not null)
            return true;
        bool form = type == typeof(TapPath) || type == typeof(Duration);
        return form ? Wrong(RecipeCodes.BadForm, node, type, slot) : WrongType(node, type, slot);
    }

    private bool TryEnum(RecipeScalar scalar, Type type, Slot slot, out object? value)
    {
        Dictionary<string, object> values = Names.EnumValues(type);
        if (values.TryGetValue(scalar.Text, out value))
            return true;
        Report(RecipeCodes.NotAllowed, scalar.Span, $"{slot.Words} is '{scalar.Text}'", Expect.OneOf(values.Keys),
            Spelling.Nearest(scalar.Text, values.Keys), slot.Hint);
        return false;
    }

    private static FilePath ReadPath(RecipeScalar scalar)
    {
        var path = FilePath.From(scalar.Text, scalar.Span.Source.Directory);
        // The resolved recipe lies in the run's folder, where the relative path would mean something else.
        scalar.Written ??= path.FullPath;
        return path;
    }

    private bool TrySeeds(RecipeNode node, Slot slot, out object? value)
    {
        value = null;
        IEnumerable<RecipeNode> items = node is RecipeSequence list ? list.Items : [node];
        var seeds = new List<ulong>();
        foreach (RecipeNode item in items)
        {
            int before = seeds.Count;
            if (item is not RecipeScalar { IsNull: false } scalar || !Seeds.TryAdd(scalar.Text, seeds))
                return Wrong(RecipeCodes.WrongType, item, typeof(Seeds), slot);
            if (seeds.Skip(before).Any(seed => seeds.IndexOf(seed) < before))
            {
                Report(RecipeCodes.NotAllowed, item.Span, $"{slot.Words} has {scalar.Text} twice", "different seeds");
                return false;
            }
        }
        if (seeds.Count == 0)
            return Wrong(RecipeCodes.BadLength, node, typeof(Seeds), slot);
        value = Seeds.Create([.. seeds]);
        return true;
    }

    private bool WrongType(RecipeNode node, Type type, Slot slot) => Wrong(RecipeCodes.WrongType, node, type, slot);

    private bool Wrong(RecipeCode code, RecipeNode node, Type type, Slot slot)
    {
        string found = node is RecipeScalar { IsNull: false } scalar
            ? code == RecipeCodes.WrongType ? $"{node.Kind} ('{scalar.Text}')" : $"'{scalar.Text}'" : node.Kind;
        Report(code, node is RecipeScalar { IsNull: true } ? slot.Owner : ShownPlace(node), $"{slot.Words} is {found}",
            Expect.Value(type, slot.Property, Registry), hint: slot.Hint);
        return false;
    }

    // Of `- train: { … }` the word `train` says where we are; the whole mapping would only be a long row of carets.
    private static SourceSpan ShownPlace(RecipeNode node) =>
        node is RecipeMapping { Entries: [var first, ..] } ? first.KeySpan : node.Span;
}
