using System.Globalization;
using System.Reflection;
using System.Text;
using Retort.Distillation;
using Retort.Methods.Generative;
using Retort.Methods.Sequences;
using Retort.Reports;

namespace Retort.Runs;

/// <summary>The catalogue of methods as Markdown: a page a method and an index by family, from documentation
/// comments.</summary>
public static class MethodPages
{
    private const string Index = "README.md";
    private const string Origin =
        "<!-- Made from the source by `retort methods --write`; change the documentation comment instead. -->\n";

    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>Writes every page.</summary>
    /// <param name="registry">The methods.</param>
    /// <param name="atlas">The folder of the atlas's entries, for measured claims; null for none.</param>
    /// <returns>File names with their text; lines end in a line feed.</returns>
    public static IReadOnlyDictionary<string, string> Write(ComponentRegistry registry, string? atlas = null)
    {
        ArgumentNullException.ThrowIfNull(registry);
        MethodEntry[] methods = [.. MethodEntry.All(registry)];
        var pages = new SortedDictionary<string, string>(StringComparer.Ordinal) { [Index] = WriteIndex(methods, atlas) };
        foreach (MethodEntry method in methods)
            pages[$"{method.Slug}.md"] = WritePage(registry, method, atlas);
        return pages;
    }

    /// <summary>Writes every page into a folder and removes pages of methods that are no more.</summary>
    /// <param name="folder">The folder; it may hold nothing but such pages.</param>
    /// <param name="registry">The methods.</param>
    /// <param name="atlas">As in <see cref="Write"/>.</param>
    /// <returns>How many pages there are.</returns>
    /// <exception cref="RunException">The folder holds other files.</exception>
    public static int WriteInto(string folder, ComponentRegistry registry, string? atlas = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string[] present = Directory.Exists(folder) ? Directory.GetFiles(folder) : [];
        if (Array.Find(present, f => !IsOurs(f)) is { } foreign)
        {
            throw new RunException(
                $"'{foreign}' is no page that this command wrote; choose an empty or a new folder.", isInputWrong: true);
        }

        IReadOnlyDictionary<string, string> pages = Write(registry, atlas);
        foreach ((string name, string text) in pages)
            AtomicFile.Write(Path.Combine(folder, name), text);
        foreach (string stale in present.Where(f => !pages.ContainsKey(Path.GetFileName(f))))
            File.Delete(stale);
        return pages.Count;
    }

    private static bool IsOurs(string file) =>
        Path.GetExtension(file) == ".md" && File.ReadLines(file).Take(3).Contains(Origin.TrimEnd(), StringComparer.Ordinal);

    private static string WriteIndex(MethodEntry[] methods, string? atlas)
    {
        var text = new StringBuilder("# Methods\n\n").Append(Origin).Append('\n')
            .Append(Invariant, $"{methods.Length} published methods, each something that a recipe names by its slug, or a ")
            .Append("recipe of several stages; `./retort methods SLUG` prints a page. Golden: the loss and its gradients are ")
            .Append("compared with reference vectors (`./retort golden DIR`). Atlas: whether the method's claim held when it ")
            .Append("was measured here.\n");
        foreach (IGrouping<MethodFamily, MethodEntry> family in methods.GroupBy(m => m.Family).OrderBy(g => g.Key))
        {
            string? about = XmlDocs.Summary(typeof(MethodFamily), family.Key.ToString());
            text.Append(Invariant, $"\n## {family.Key}\n\n{about}\n\n")
                .Append("| Slug | Method | Year | In a sentence | Golden | Atlas |\n|---|---|---|---|---|---|\n");
            foreach (MethodEntry method in family)
            {
                text.Append(Invariant, $"| [{method.Slug}]({method.Slug}.md) | {Cell(method.Title)} | {method.Year} ")
                    .Append(Invariant, $"| {Cell(method.Summary)} | {(method.HasGolden ? "yes" : "no")} ")
                    .Append(Invariant, $"| {Verdict(atlas, method.Slug)} |\n");
            }
        }

        return text.ToString();
    }

    private static string WritePage(ComponentRegistry registry, MethodEntry method, string? atlas)
    {
        Component? component = registry.Components.FirstOrDefault(c => c.Slug == method.Slug && c.Attribute is MethodAttribute);
        var text = new StringBuilder()
            .Append(Invariant, $"# {method.Title}: `{method.Slug}`\n\n{Origin}\n{method.Summary}\n\n")
            .Append(Invariant, $"{Link(method.Paper)} · {method.Year} · ")
            .Append(Invariant, $"family [{method.Family}]({Index}#{Names.Kebab(method.Family.ToString())})\n");
        foreach (DocParagraph paragraph in XmlDocs.Remarks(component?.Type ?? registry.Described.First(t => IsOf(t, method))))
            text.Append(Invariant, $"\n{(paragraph.Title is { } title ? $"**{title}.** " : string.Empty)}{paragraph.Text}\n");
        if (component is not null)
        {
            text.Append("\n## Options\n\n| Key | Default | Allowed | Meaning |\n|---|---|---|---|\n");
            foreach ((string key, string value, string allowed, string meaning) in method.Options)
                text.Append(Invariant, $"| `{key}` | {Cell(value)} | {Cell(allowed)} | {Cell(meaning)} |\n");
        }

        text.Append("\n## In a recipe\n\n");
        if (method.Recipe is { } recipe)
            text.Append(Invariant, $"[recipes/{recipe}](../../recipes/{recipe}) shows it, stage by stage.\n");
        if (component?.Type.IsAssignableTo(typeof(Criterion)) == true)
            text.Append(method.Recipe is null ? string.Empty : "\n").Append(Example(component, method));
        text.Append("\n## Checked\n\n").Append(method.HasGolden
            ? "- Reference vector: yes; the loss and its gradients are compared by `./retort golden DIR`.\n"
            : "- Reference vector: none.\n");
        text.Append(Measured(atlas, method.Slug));
        return text.ToString();
    }

    private static bool IsOf(Type type, MethodEntry method) =>
        type.GetCustomAttribute<MethodAttribute>(inherit: false)!.Slug == method.Slug;

    private static string Example(Component component, MethodEntry method)
    {
        using var criterion = (Criterion)component.Create(Activator.CreateInstance(component.OptionsType)!);
        bool layers = method.Options.Any(o => o.Key is "student_taps" && o.Default == "[]");
        RecipeExampleAttribute special = component.Type.GetCustomAttribute<RecipeExampleAttribute>() ?? new();
        string term = special.Term is { } written ? written : layers
            ? $"{method.Slug}: {{ student_taps: [layer1, layer2, layer3], teacher_taps: [layer1, layer2, layer3] }}"
            : method.Slug;
        string note = criterion is TokenCriterion
            ? "No model of the zoo gives logits of tokens, [N, T, V], yet; the networks below stand for yours, whose C# "
                + "`Module` a catalogue of your own can register.\n\n"
            : string.Empty;
        if (criterion is GenerativeCriterion)
            return GenerativeExample(criterion, special, term);
        (string teacher, string student) = OnHiddenStates(method)
            ? ("vit-small, image_size: 28, patch_size: 7", "vit-tiny, image_size: 28, patch_size: 7")
            : ("cifar-resnet20", "cifar-resnet8");
        string role = special.Student ?? $"{{ model: {student}, in_channels: 1, classes: 36 }}";
        string before = special.Before is { } stage ? $"\n  - {stage}" : string.Empty;
        string further = special.Stage is { } key ? $"      {key}\n" : string.Empty;
        string labels = special.IsAlone ? string.Empty : "\n        - cross-entropy";
        string teachers = criterion.NeedsTeacher ? "      teachers: [teacher]\n" : string.Empty;
        return note + $$"""
            ```yaml
            roles:
              teacher: { model: {{teacher}}, in_channels: 1, classes: 36 }
              student: {{role}}
            stages:
              - train: { name: teacher, role: teacher, criteria: [cross-entropy], once: true }{{before}}
              - train: { name: student-baseline, role: student, criteria: [cross-entropy] }
              - train:
                  name: student-distilled
                  role: student
            {{teachers}}{{further}}      criteria:{{labels}}
                    - {{term}}
              - compare: { models: [teacher, student-baseline, student-distilled] }
            ```

            """.Replace("\r", string.Empty, StringComparison.Ordinal);
    }

    private static string GenerativeExample(Criterion criterion, RecipeExampleAttribute special, string term)
    {
        string teachers = criterion.NeedsTeacher ? "      teachers: [teacher]\n" : string.Empty;
        string before = special.Before is { } stage ? $"\n  - {stage}" : string.Empty;
        string further = special.Stage is { } key ? $"      {key}\n" : string.Empty;
        return $$"""
            ```yaml
            data: { dataset: mixture }
            roles:
              teacher: { model: mixture-denoiser }
              student: {{special.Student ?? "{ model: mlp-denoiser }"}}
            stages:{{before}}
              - train:
                  name: student-distilled
                  role: student
            {{teachers}}{{further}}      optimizer: { adam: { lr: 0.001 } }
                  criteria: [{{(term.Contains(':', StringComparison.Ordinal) ? $"{{ {term} }}" : term)}}]
              - evaluate: { models: [student-distilled] }
            ```

            """.Replace("\r", string.Empty, StringComparison.Ordinal);
    }

    // Hidden states are [N, T, D], which among the zoo's models transformers have.
    private static bool OnHiddenStates(MethodEntry method) =>
        method.Family == MethodFamily.Sequence && method.Options.Any(o => o.Key == "student_taps");

    private static string Verdict(string? atlas, string slug) =>
        atlas is null || MethodMeasurement.Find(atlas, slug) is not { } found
            ? "–"
            : found.Holds switch { true => "holds", false => "does not hold", null => "not measured" };

    private static string Measured(string? atlas, string slug)
    {
        if (atlas is null || MethodMeasurement.Find(atlas, slug) is not { } found)
            return "- Atlas: no measured claim.\n";
        string outcome = found.Holds switch { true => "it held", false => "it did not hold", null => "it was not measured" };
        string date = found.Date.Length > 0 ? $" ({found.Date})" : string.Empty;
        string claim = found.Claim.ReplaceLineEndings(" ").Trim();
        return string.Create(Invariant, $"- Atlas: \"{claim}\" Measured over {found.Seeds} seeds{date}, {outcome}.\n");
    }

    private static string Link(string paper)
    {
        int colon = paper.IndexOf(':', StringComparison.Ordinal);
        string id = paper[(colon + 1)..];
        return paper[..Math.Max(0, colon)] switch
        {
            "arXiv" => $"[{paper}](https://arxiv.org/abs/{id})",
            "doi" => $"[{paper}](https://doi.org/{id})",
            "http" or "https" => $"[{paper}]({paper})",
            _ => paper,
        };
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
