using System.Globalization;
using System.Text;
using System.Text.Json;
using Retort.Runs.Checks;

namespace Retort.Runs.Explain;

/// <summary>Writes an explanation for people, or for programs.</summary>
public static class ExplanationText
{
    private const int WidestList = 110;

    /// <summary>The explanation as a text of some dozens of lines.</summary>
    public static string Write(RecipeExplanation explanation)
    {
        ArgumentNullException.ThrowIfNull(explanation);
        var text = new StringBuilder();
        Line(text, $"{explanation.Recipe}: {Count(explanation.Seeds.Count, "seed")} ({string.Join(", ", explanation.Seeds)}), ",
            $"{explanation.Device}, {Count(explanation.Threads, "thread")}, into {explanation.Folder}/");
        if (explanation.Dataset is { } dataset)
        {
            Line(text, $"data {dataset}: {explanation.TrainSamples} training samples {Shape(explanation.SampleShape)}, ",
                $"{Count(explanation.Classes, "class", "classes")}");
        }

        text.Append("\nroles\n");
        foreach (RoleExplanation role in explanation.Roles)
            WriteRole(text, role);
        text.Append("\nstages\n");
        foreach (StageExplanation stage in explanation.Stages)
            WriteStage(text, stage, explanation.AvailableBytes);
        Line(text, $"training takes about {Duration(explanation.TrainingSeconds)} over all seeds, evaluation left out.");
        Line(
            text,
            $"Times: the median of a few steps on this machine, after one to warm up. Memory: a rule, which counts weights, ",
            $"gradients, the optimizer's state and what modules give for a batch; kernels' workspaces and the data come on top.");
        return text.ToString();
    }

    /// <summary>The explanation as JSON, keys in snake_case.</summary>
    public static string WriteJson(RecipeExplanation explanation) =>
        JsonSerializer.Serialize(explanation, ExplanationJson.Default.RecipeExplanation);

    private static void WriteRole(StringBuilder text, RoleExplanation role)
    {
        Line(text, $"  {role.Name}: {role.Model}, {role.Parameters:#,0} parameters ({MachineMemory.Text(role.Bytes)}), ",
            $"{role.Macs:#,0} multiply-adds a sample, gives {Batched(role.Output)}");
        if (role.Weights is { } weights)
            Line(text, $"    weights       {weights}");
        if (role.LastFeature is not null)
            Line(text, $"    last-feature  {role.LastFeature}; last-stage {role.LastStage}");
        string[] shown = [.. role.Modules.Where(m => m.Count(c => c == '.') <= 1)];
        string rest = shown.Length < role.Modules.Count ? $"; {role.Modules.Count} in all, which --json lists" : string.Empty;
        WriteList(text, "    modules       ", shown, rest);
    }

    private static void WriteStage(StringBuilder text, StageExplanation stage, long available)
    {
        Line(text, $"  {stage.Name} ({stage.Kind}, {(stage.Times == 1 ? "once" : $"{stage.Times} times")})");
        WriteList(text, "    reads   ", stage.Reads.Count == 0 ? ["no files of the run"] : stage.Reads, string.Empty);
        WriteList(text, "    writes  ", stage.Writes, string.Empty);
        if (stage.Training is not { } training)
        {
            text.Append('\n');
            return;
        }

        long own = training.Terms.Sum(t => t.Parameters);
        string made = training.Weights is { } weights ? $" of weights made by '{weights}'" : string.Empty;
        string who = string.Join(" and ", training.Peers.Prepend(training.Student));
        Line(text, $"    trains  {who}: {training.TrainedParameters:#,0} parameters{made}",
            own > 0 ? (FormattableString)$" and {own:#,0} of its terms' own parts, thrown away afterwards" : null);
        if (training.Teachers.Count > 0)
        {
            string often = training.ReadsAnswers ? "from kept answers"
                : training.RemembersTeachers ? "once for each sample" : "at each step";
            Line(text, $"    asks    {string.Join(", ", training.Teachers)}, {often}");
        }


        foreach (TermExplanation term in training.Terms)
        {
            Line(text, $"    term    {term.Name}, weight {term.Weight}",
                term.Parameters > 0 ? (FormattableString)$", {term.Parameters:#,0} parameters of its own" : null);
            foreach (TapExplanation tap in term.Taps)
            {
                string path = tap.Path == tap.Module ? tap.Path : $"{tap.Path} = {tap.Module}";
                Line(text, $"              {tap.Role} {path} {Batched(tap.Shape.Skip(1))}");
            }
        }

        Line(
            text, $"    steps   {training.Steps:#,0} a seed: batches of {training.BatchSize}, ",
            $"{training.StepsPerEpoch} an epoch");
        Line(
            text, $"    time    about {Duration(training.Seconds)} a seed, {Duration(training.SecondsPerStep)} a step ",
            $"({Count(training.MeasuredSteps, "step")} measured)");
        MemoryExplanation memory = training.Memory;
        (string Name, double Bytes)[] parts =
        [
            ("student", memory.Student), ("optimizer", memory.Optimizer), ("teachers", memory.Teachers), ("batch", memory.Batch),
        ];
        Line(
            text, $"    memory  about {MachineMemory.Text(memory.Total)} of {MachineMemory.Text(available)}: ",
            $"{string.Join(", ", parts.Select(p => $"{p.Name} {MachineMemory.Text(p.Bytes)}"))}\n");
    }

    private static void Line(StringBuilder text, FormattableString first, FormattableString? second = null) =>
        text.Append(FormattableString.Invariant(first)).Append(second?.ToString(CultureInfo.InvariantCulture)).Append('\n');

    private static void WriteList(StringBuilder text, string head, IReadOnlyList<string> items, string tail)
    {
        var line = new StringBuilder(head);
        for (int k = 0; k < items.Count; k++)
        {
            string item = k == items.Count - 1 ? items[k] + tail : items[k] + ",";
            if (line.Length > head.Length && line.Length + 1 + item.Length > WidestList)
            {
                text.Append(line).Append('\n');
                line.Clear().Append(' ', head.Length);
            }

            if (line.Length > head.Length)
                line.Append(' ');
            line.Append(item);
        }

        text.Append(line).Append('\n');
    }

    private static string Count(long number, string one, string? many = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{number} {(number == 1 ? one : many ?? one + "s")}");

    private static string Shape(IEnumerable<long> sizes) =>
        $"[{string.Join(", ", sizes.Select(s => s.ToString(CultureInfo.InvariantCulture)))}]";

    private static string Batched(IEnumerable<long> sizes) =>
        $"[{string.Join(", ", sizes.Select(s => s.ToString(CultureInfo.InvariantCulture)).Prepend("N"))}]";

    private static string Duration(double seconds) => seconds switch
    {
        < 1 => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1000:0.#} ms"),
        < 100 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.#} s"),
        < 6000 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:0.#} h"),
    };
}
