using System.Globalization;
using System.Text;
using Retort.Evaluation;

namespace Retort.Coaching;

/// <summary>What a coach asks its teacher, and how it reads the answer.</summary>
internal static class CoachPrompt
{
    /// <summary>The line before the list of what is wanted.</summary>
    public const string ListHeading = "Write new texts of these classes, as different from each other as real ones are:";

    // A longer example tells the teacher no more, and costs.
    private const int LongestExample = 300;

    /// <summary>The question for some texts.</summary>
    /// <param name="task">What the texts are.</param>
    /// <param name="classes">The classes' names.</param>
    /// <param name="quotas">How many texts of each class.</param>
    /// <param name="reports">How the student does; null to say nothing of it.</param>
    /// <param name="mistakes">Texts that it takes for another class, with that class and their own.</param>
    public static string Write(
        string task, IReadOnlyList<string> classes, IReadOnlyList<int> quotas, IReadOnlyList<ClassReport>? reports,
        IReadOnlyList<(string Text, int Taken, int Label)> mistakes)
    {
        var text = new StringBuilder(task.TrimEnd()).Append('\n');
        text.Append(CultureInfo.InvariantCulture, $"The classes: {string.Join(", ", classes)}.\n");
        if (reports is not null)
        {
            text.Append("\nA small classifier learns to tell them apart. How it does on texts held out, the worst class ")
                .Append("first:\n");
            foreach (ClassReport report in reports.OrderBy(r => r.F1))
            {
                text.Append(CultureInfo.InvariantCulture, $"- {classes[report.Label]}: precision {report.Precision:0.00}, ")
                    .Append(CultureInfo.InvariantCulture, $"recall {report.Recall:0.00}, F1 {report.F1:0.00}\n");
            }
        }

        if (mistakes.Count > 0)
        {
            text.Append("\nMistakes that it is surest of:\n");
            foreach ((string example, int taken, int label) in mistakes)
            {
                string shown = example.Length > LongestExample ? example[..LongestExample] + "…" : example;
                text.Append(
                    CultureInfo.InvariantCulture, $"- \"{OneLine(shown)}\" is {classes[label]}, and it says {classes[taken]}\n");
            }
        }

        text.Append('\n').Append(ListHeading).Append('\n');
        for (int k = 0; k < quotas.Count; k++)
        {
            if (quotas[k] > 0)
                text.Append(CultureInfo.InvariantCulture, $"- {classes[k]}: {quotas[k]}\n");
        }

        return text.Append("Answer with a line a text, CLASS: TEXT, and nothing else.").ToString();
    }

    /// <summary>The texts of an answer with their classes; lines of another form are left out.</summary>
    /// <param name="answer">What the teacher wrote.</param>
    /// <param name="classes">The classes' names.</param>
    public static IReadOnlyList<(int Label, string Text)> Read(string answer, IReadOnlyList<string> classes)
    {
        // The longest name first: one may begin like another.
        int[] order = [.. Enumerable.Range(0, classes.Count).OrderByDescending(k => classes[k].Length)];
        var found = new List<(int, string)>();
        foreach (string written in answer.Split('\n'))
        {
            string line = written.Trim().TrimStart('-', '*', ' ');
            foreach (int label in order)
            {
                string name = classes[label];
                if (line.Length <= name.Length || line[name.Length] != ':'
                    || !line.StartsWith(name, StringComparison.OrdinalIgnoreCase))
                    continue;
                if (line[(name.Length + 1)..].Trim().Trim('"') is { Length: > 0 } text)
                    found.Add((label, text));
                break;
            }
        }

        return found;
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
