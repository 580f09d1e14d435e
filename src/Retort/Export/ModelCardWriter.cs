using System.Globalization;
using System.Text;
using Retort.Reports;

namespace Retort.Export;

/// <summary>Writes a model card as Markdown.</summary>
internal static class ModelCardWriter
{
    private const string Int8Heading = "## Int8";
    private const string UseHeading = "## Use";

    public static string Write(StudentDescription student, ModelCard card, StudentExportOptions files)
    {
        var text = new StringBuilder();
        Line(text, $"# {Inline(student.Name)}");
        Line(text, card.Summary is null ? null : "\n" + Inline(card.Summary));
        Line(text, "\n| | |\n|---|---|");
        Row(text, "Architecture", student.Model);
        Row(text, "Input", $"[batch, {string.Join(", ", student.InputShape)}], float32");
        Row(text, "Normalisation", Normalisation(student));
        Row(text, "Classes", Classes(student));
        Row(text, "Trained on", card.Dataset);
        Row(text, "Method", card.Method);
        Row(text, "Teacher", card.Teacher);
        Row(text, "Licence", card.License);
        Results(text, card.Results);
        Cost(text, card.Cost);
        Int8(text, card.Quantization);
        Use(text, student, files);
        if (card.Limits.Count > 0)
        {
            Line(text, "\n## Limits");
            foreach (string limit in card.Limits)
                Line(text, $"- {Inline(limit)}");
        }
        if (card.Recipe is { } recipe)
        {
            // The fence is longer than any in the recipe, so that the recipe cannot end it.
            string fence = new('`', Math.Max(3, LongestRun(recipe) + 1));
            Line(text, $"\n## Recipe\n{fence}yaml\n{recipe.TrimEnd()}\n{fence}");
        }
        return text.ToString();
    }

    private static void Results(StringBuilder text, IReadOnlyList<ModelCardResult> results)
    {
        if (results.Count == 0)
            return;
        Line(text, "\n## Results\n| Model | Split | Metric | Mean | ± | Seeds |\n|---|---|---|---:|---:|---:|");
        foreach (ModelCardResult result in results)
        {
            string deviation = double.IsNaN(result.Deviation) ? "" : Number(result.Deviation);
            Line(text, $"| {Inline(result.Model)} | {Inline(result.Split)} | {Inline(result.Metric)} | {Number(result.Mean)} | " +
                       $"{deviation} | {Number(result.Seeds)} |");
        }
    }

    private static void Cost(StringBuilder text, ModelProfile? cost)
    {
        if (cost is null)
            return;
        Line(text, "\n## Cost\n| | |\n|---|---:|");
        Row(text, "Parameters", Number(cost.Parameters));
        Row(text, "Multiply-accumulates a sample", Number(cost.Macs));
        Row(text, "Bytes of weights", Number(cost.Bytes));
        foreach (LatencySummary latency in cost.Latency)
            Row(text, $"Milliseconds at batch {Number(latency.Batch)}, p50 / p95",
                Milliseconds(latency));
    }

    /// <summary>A card with the sections on int8 and on use in the place of those that it has: all other facts stay.</summary>
    public static string Renew(
        string card, StudentDescription student, QuantizationMeasurement? rounded, StudentExportOptions files)
    {
        var text = new StringBuilder();
        bool skipping = false;
        foreach (string line in card.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n'))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal))
                skipping = line is Int8Heading or UseHeading;
            if (!skipping)
                Line(text, line);
        }

        string kept = text.ToString().TrimEnd('\n') + "\n";
        text.Clear().Append(kept);
        Int8(text, rounded);
        Use(text, student, files);
        return text.ToString();
    }

    private static void Int8(StringBuilder text, QuantizationMeasurement? rounded)
    {
        if (rounded is null)
            return;
        Line(text, $"\n{Int8Heading}\n`model.int8.safetensors` has {Number(rounded.Replaced.Count)} linear layers rounded to "
            + $"int8, for the CPU.\n");
        Line(text, "| | float32 | int8 |\n|---|---:|---:|");
        if (double.IsFinite(rounded.After.Score))
            Line(text, $"| {Inline(Words(rounded))} | {Number(rounded.Before.Score)} | {Number(rounded.After.Score)} |");
        Line(text, $"| Bytes of weights | {Number(rounded.Before.Bytes)} | {Number(rounded.After.Bytes)} |");
        foreach ((LatencySummary before, LatencySummary after) in rounded.Before.Latency.Zip(rounded.After.Latency))
        {
            Line(text, $"| Milliseconds at batch {Number(before.Batch)}, p50 / p95 | {Milliseconds(before)} | "
                + $"{Milliseconds(after)} |");
        }
    }

    private static string Words(QuantizationMeasurement rounded) =>
        (rounded.Metric ?? "score") + (rounded.Split is null ? "" : $" on {rounded.Split}");

    private static string Milliseconds(LatencySummary latency) =>
        string.Create(CultureInfo.InvariantCulture, $"{latency.P50Milliseconds:0.###} / {latency.P95Milliseconds:0.###}");

    private static void Use(StringBuilder text, StudentDescription student, StudentExportOptions files)
    {
        Line(text, $"\n{UseHeading}");
        Line(text, "`model.safetensors` holds the weights under PyTorch's parameter names; " +
                   "`config.json` says how to build the network.");
        if (files.Onnx)
        {
            Line(text, string.Create(CultureInfo.InvariantCulture, $"""

                ```python
                import numpy, onnxruntime
                session = onnxruntime.InferenceSession("model.onnx")
                x = numpy.zeros((1, {string.Join(", ", student.InputShape)}), numpy.float32)
                logits, = session.run(None, {"{"}"input": x{"}"})
                ```
                """));
        }
        if (files.TorchScript)
            Line(text, "\n`torch.jit.load(\"model.ts.pt\")` runs it in PyTorch and LibTorch.");
    }

    private static string? Normalisation(StudentDescription student)
    {
        if (student.Mean.Count == 0 && student.StandardDeviation.Count == 0)
            return null;
        string List(IEnumerable<double> numbers) => $"[{string.Join(", ", numbers.Select(n => Number(n)))}]";
        return $"values in 0…1, minus {List(student.Mean)}, divided by {List(student.StandardDeviation)}";
    }

    private static string Classes(StudentDescription student)
    {
        const int MostNamed = 20;
        string more = student.Labels.Count > MostNamed ? ", …" : "";
        string names = student.Labels.Count == 0 ? "" : $": {string.Join(", ", student.Labels.Take(MostNamed))}{more}";
        return Number(student.Options.Classes) + names;
    }

    private static int LongestRun(string text)
    {
        int longest = 0, run = 0;
        foreach (char c in text)
        {
            run = c == '`' ? run + 1 : 0;
            longest = Math.Max(longest, run);
        }
        return longest;
    }

    private static string Number(double number) => number.ToString("0.#####", CultureInfo.InvariantCulture);

    // A fact comes from a recipe or a data set: it must not end its cell or line, nor bring markup of its own.
    private static string Inline(string fact)
    {
        var text = new StringBuilder();
        foreach (char c in fact.ReplaceLineEndings(" "))
        {
            if (c is '|' or '<' or '>' or '[' or ']' or '`' or '*' or '\\')
                text.Append('\\');
            text.Append(c);
        }
        return text.ToString();
    }

    private static void Row(StringBuilder text, string name, string? fact)
    {
        if (!string.IsNullOrWhiteSpace(fact))
            Line(text, $"| {name} | {Inline(fact)} |");
    }

    private static void Line(StringBuilder text, string? line)
    {
        if (line is not null)
            text.Append(line).Append('\n');
    }
}
