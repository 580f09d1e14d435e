using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.RegularExpressions;
using Retort.Recipes.Schedules;

namespace Retort.Recipes;

internal sealed partial class BindSession
{
    private static readonly TimeSpan LongestMatch = TimeSpan.FromMilliseconds(200);

    /// <summary>Checks what the property's attributes demand of a value that has the right type.</summary>
    private bool IsAllowed(object value, RecipeNode node, Slot slot)
    {
        if (slot.Property is not { } property)
            return true;
        SourceSpan span = ShownPlace(node);
        if (property.Allowed is { } allowed && !allowed.Contains(value))
        {
            string[] names = [.. allowed.Select(Expect.Text)];
            string found = node is RecipeScalar scalar ? $"'{scalar.Text}'" : Expect.Text(value);
            return Refuse(RecipeCodes.NotAllowed, span, $"{slot.Words} is {found}", Expect.OneOf(names), slot,
                node is RecipeScalar word ? Spelling.Nearest(word.Text, names) : null);
        }
        if (value is AutoSchedule && !property.AllowAuto)
        {
            return Refuse(RecipeCodes.NotAllowed, span, $"{slot.Words} cannot be 'auto'",
                "a value that is known before training", slot);
        }
        if (property.Range is { } range && Beyond(range, value) is { } bad)
        {
            string verb = value is Schedule && node is not RecipeScalar ? "reaches" : "is";
            return Refuse(RecipeCodes.OutOfRange, span, $"{slot.Words} {verb} {Expect.Text(bad)}",
                (value is int or long ? "a whole number" : "a number") + Expect.Limits(range), slot);
        }
        if (value is string text)
            return HasForm(text, property, slot, span);
        if (value is FilePath path && property.MustExist && !Path.Exists(path.FullPath))
        {
            return Refuse(RecipeCodes.NoSuchPath, span, $"there is no file or folder '{path.Text}'",
                $"something at {path.FullPath}", slot, FilePath.NearestEntry(path.FullPath));
        }
        return true;
    }

    /// <summary>The number that is out of a range, or null; of a schedule, the end of its values that is.</summary>
    private static double? Beyond(RangeAttribute range, object value)
    {
        double number = value is int or long or double ? Convert.ToDouble(value, CultureInfo.InvariantCulture) : 0;
        (double least, double greatest)? ends = value is Schedule schedule ? schedule.Bounds
            : value is int or long or double ? (number, number) : null;
        return ends is not { } both ? null : !Expect.Within(range, both.least) ? both.least
            : !Expect.Within(range, both.greatest) ? both.greatest : null;
    }

    private bool HasForm(string text, PropertyModel property, Slot slot, SourceSpan span)
    {
        if (text.Length < (property.MinLength ?? 0) || text.Length > (property.MaxLength ?? int.MaxValue))
        {
            return Refuse(RecipeCodes.BadLength, span, $"{slot.Words} has {text.Length} characters",
                LengthWords(property, "character"), slot);
        }
        return property.Pattern is not { } pattern
            || Regex.IsMatch(text, $"^(?:{pattern.Pattern})$", RegexOptions.CultureInvariant, LongestMatch)
            || Refuse(RecipeCodes.BadForm, span, $"{slot.Words} is '{text}'",
                pattern.ErrorMessage ?? $"text of the form {pattern.Pattern}", slot);
    }

    private bool HasLength(RecipeNode node, Slot slot)
    {
        int count = node is RecipeSequence list ? list.Items.Count : ((RecipeMapping)node).Entries.Count;
        return slot.Property is not { } property
            || count >= (property.MinLength ?? 0) && count <= (property.MaxLength ?? int.MaxValue)
            || Refuse(RecipeCodes.BadLength, slot.Owner, $"{slot.Words} has {Counted(count, "item")}",
                LengthWords(property, "item"), slot);
    }

    private static string LengthWords(PropertyModel property, string unit) => (property.MinLength, property.MaxLength) switch
    {
        ({ } least, null) => $"at least {Counted(least, unit)}",
        (null, { } most) => $"at most {Counted(most, unit)}",
        var (least, most) when least == most => Counted(least!.Value, unit),
        var (least, most) => $"{least} to {Counted(most!.Value, unit)}",
    };

    private static string Counted(int count, string unit) => count == 1 ? $"1 {unit}" : $"{count} {unit}s";

    private bool Refuse(RecipeCode code, SourceSpan span, string message, string expected, Slot slot, string? nearest = null)
    {
        Report(code, span, message, expected, nearest, slot.Hint);
        return false;
    }
}
