using System.CommandLine;
using System.Globalization;
using Retort.Export;
using Retort.Recipes;
using Retort.Reports;
using Retort.Runs;

namespace Retort.Cli.Commands;

/// <summary><c>retort export FOLDER</c>.</summary>
internal static class ExportCommand
{
    private static readonly Dictionary<string, ExportFormat> Known =
        Enum.GetValues<ExportFormat>().ToDictionary(f => f.ToString().ToLowerInvariant(), StringComparer.Ordinal);

    public static Command Create()
    {
        var folder = new Argument<string>("FOLDER")
        {
            Description = "A run's folder, or a model folder (runs/NAME/students/NAME).",
        };
        var formats = new Option<string>("--formats")
        {
            Description = $"What to write: {string.Join(", ", Known.Keys)}; several joined by commas.",
            DefaultValueFactory = _ => "safetensors,onnx,torchscript",
        };
        var output = new Option<string?>("--out")
        {
            Description = "Folder to write (default: students/NAME of the run, or the model folder itself).",
        };
        var model = new Option<string?>("--model")
        {
            Description = "Which of the run's models (default: the distilled student).",
        };
        var command = new Command("export", "Write a trained student alone, in the formats of other runtimes.")
        {
            folder, formats, output, model,
        };
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(folder)!;
            if (!Directory.Exists(path))
                throw new RunException($"'{path}' is no folder.", isInputWrong: true);
            FolderExportResult result = FolderExport.Write(
                path, FormatsOf(parsed.GetValue(formats)!), parsed.GetValue(output), parsed.GetValue(model),
                note => Console.Error.WriteLine($"note: {note}"));
            foreach (string file in result.Files)
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Path.GetRelativePath(Directory.GetCurrentDirectory(), file)}  {new FileInfo(file).Length:N0} bytes"));
            if (result.Int8 is { } rounded)
                Show(rounded);
            return Exit.Done;
        });
        return command;
    }

    private static void Show(QuantizationMeasurement rounded)
    {
        string accuracy = double.IsFinite(rounded.After.Score)
            ? string.Create(CultureInfo.InvariantCulture, $"accuracy {rounded.Before.Score:F4} → {rounded.After.Score:F4}, ")
                : string.Empty;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"int8: {accuracy}{rounded.Before.Bytes:N0} → {rounded.After.Bytes:N0} bytes of weights"));
        foreach ((LatencySummary before, LatencySummary after) in rounded.Before.Latency.Zip(rounded.After.Latency))
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"int8: batch {before.Batch}: {before.P50Milliseconds:F3} → {after.P50Milliseconds:F3} ms (median)"));
        }
    }

    private static ExportFormat[] FormatsOf(string text)
    {
        string[] names = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (names.Length == 0)
            throw new RunException($"--formats names nothing; it knows: {string.Join(", ", Known.Keys)}.", isInputWrong: true);
        return Array.ConvertAll(names, name => Known.TryGetValue(name, out ExportFormat format) ? format : throw Unknown(name));
    }

    private static RunException Unknown(string name)
    {
        string hint = Spelling.Nearest(name, Known.Keys) is { } nearest ? $"; nearest: {nearest}" : string.Empty;
        return new RunException(
            $"--formats knows no '{name}'{hint}. It knows: {string.Join(", ", Known.Keys)}.", isInputWrong: true);
    }
}
