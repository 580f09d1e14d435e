using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using Retort.Asking;

namespace Retort.Stages;

/// <summary>What a recipe may write under <c>annotate:</c>.</summary>
/// <remarks>In texts, <c>{text}</c> is the sample's prompt without the data's prefix (the whole text where the data has no
/// prompts),
/// <c>{completion}</c> its completion or the name of its class, <c>{reply}</c> what the teacher answered, and the name of a
/// group of <see cref="Pattern"/> what the group found in it.</remarks>
public sealed partial record AnnotateStageOptions : StageOptions, IValidatable
{
    /// <summary>Who is asked.</summary>
    public required ChatTeacherOptions Teacher { get; init; }

    /// <summary>What the teacher is told about its task. The default is nothing.</summary>
    public string? System { get; init; }

    /// <summary>The question about a sample.</summary>
    public string Prompt { get; init; } = "{text}";

    /// <summary>The form of an answer that can be used, as a regular expression; what its named groups find can stand in texts.
    /// An answer of another form is refused, and the question asked again. The default takes any answer.</summary>
    public string? Pattern { get; init; }

    /// <summary>The completion that a sample of a prompted set gets. The default leaves it its own.</summary>
    public string? Completion { get; init; }

    /// <summary>The class that a sample of a classified set gets, by name; an answer that gives none of the classes is refused.
    /// The default leaves it its own.</summary>
    public string? Label { get; init; }

    /// <summary>Further texts of each sample, by name: what terms such as <c>further-text</c> train on.</summary>
    public IReadOnlyDictionary<string, AnnotatedText> Texts { get; init; } = new Dictionary<string, AnnotatedText>();

    /// <summary>Ask about so many samples, drawn anew for each seed. The default is all of the training split.</summary>
    [Range(1, int.MaxValue)]
    public int? Samples { get; init; }

    /// <summary>Whose answer the further texts of a sample are made of; <c>shuffled</c> is a negative control.</summary>
    public TeacherRows TeacherRows { get; init; }

    /// <summary>The share of samples that may be left out because no answer about them could be used.</summary>
    [Range(0.0, 1.0)]
    public double MaxLost { get; init; } = 0.1;

    /// <summary>How the teacher is asked, and what that may cost.</summary>
    public AskingOptions Asking { get; init; } = new();

    /// <summary>The file of the answers, which other stages and runs may share, one after another. The default is the stage's
    /// own.</summary>
    public FilePath? Journal { get; init; }

    /// <summary>Whether the first seed's answers serve all seeds.</summary>
    public bool Once { get; init; }

    /// <inheritdoc/>
    public IEnumerable<Problem> Validate()
    {
        string[] groups = [];
        string? wrong = null;
        try
        {
            groups = Pattern is null ? [] : [.. PatternOf(Pattern).GetGroupNames()];
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            wrong = e.Message;
        }

        if (wrong is not null)
        {
            yield return new Problem(nameof(Pattern), $"is no regular expression that can be used: {wrong}")
            {
                Code = RecipeCodes.BadForm,
            };
            yield break;
        }

        string[] before = ["text", "completion"], after = [.. before, "reply", .. groups.Where(g => !char.IsAsciiDigit(g[0]))];
        IEnumerable<(string Property, string? Item, string? Text, string[] Known)> texts =
        [
            (nameof(Prompt), null, Prompt, before), (nameof(Completion), null, Completion, after),
            (nameof(Label), null, Label, after),
            .. Texts.SelectMany(t => new[]
            {
                (nameof(Texts), (string?)t.Key, (string?)t.Value.Prompt, after),
                (nameof(Texts), t.Key, t.Value.Completion, after),
            }),
        ];
        foreach ((string property, string? item, string? text, string[] known) in texts)
        {
            if (text is not null && Fault(text, known) is { } fault)
                yield return fault with { Property = property, Item = item };
        }

        foreach (string name in Texts.Keys.Where(n => !TextName().IsMatch(n)))
        {
            yield return new Problem(nameof(Texts), $"'{name}' is no name for a text")
            {
                Item = name,
                Code = RecipeCodes.BadForm,
                Expected = "a lower-case letter, then letters, digits and hyphens",
            };
        }
    }

    /// <summary>The expression; one whose time is linear in the answer's length, whatever the teacher writes.</summary>
    internal static Regex PatternOf(string pattern) =>
        new(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline);

    private static Problem? Fault(string text, string[] known)
    {
        try
        {
            return TextTemplate.Parse(text).Names.FirstOrDefault(n => !known.Contains(n)) is { } unknown
                ? new Problem(string.Empty, $"there is nothing called '{unknown}' to fill in")
                {
                    Code = RecipeCodes.UnknownName,
                    Expected = $"one of: {string.Join(", ", known.Select(k => $"{{{k}}}"))}",
                }
                : null;
        }
        catch (FormatException e)
        {
            return new Problem(string.Empty, e.Message) { Code = RecipeCodes.BadForm };
        }
    }

    [GeneratedRegex("^[a-z][a-z0-9-]*$")]
    private static partial Regex TextName();
}
