using Retort.Export;
using Retort.Reports;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Runs;

/// <summary>Exports a model of a finished run, or of a model folder, in further formats.</summary>
public static class FolderExport
{
    /// <summary>Writes a model folder.</summary>
    /// <param name="folder">A run's folder, or a model folder such as <c>runs/NAME/students/NAME</c>.</param>
    /// <param name="formats">What the folder holds afterwards; safetensors are always there.</param>
    /// <param name="target">Where it is written; null for <c>students/NAME</c> of the run, or the model folder itself.</param>
    /// <param name="model">Which of a run's models; null for the distilled student.</param>
    /// <param name="progress">Told what could not be measured; null for nobody.</param>
    /// <returns>What was written.</returns>
    /// <exception cref="RunException">The folder is neither, or a format cannot be written.</exception>
    /// <exception cref="RecipeException">The run's recipe is none that this Retort reads.</exception>
    public static FolderExportResult Write(
        string folder, IReadOnlyList<ExportFormat> formats, string? target = null, string? model = null,
        Action<string>? progress = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(formats);
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        using var scope = new TensorScope();
        try
        {
            if (File.Exists(Path.Combine(folder, "recipe.yaml")))
                return FromRun(folder, formats, target, model, progress ?? (_ => { }));
            if (File.Exists(Path.Combine(folder, "config.json")))
                return FromStudent(folder, formats, target, model, progress ?? (_ => { }));
        }
        catch (Exception e) when (e is ExportException or StudentFolderException)
        {
            throw new RunException(e.Message, isInputWrong: true, e);
        }

        throw new RunException(
            $"'{folder}' is neither a run (it has no recipe.yaml) nor a model folder (it has no config.json).",
            isInputWrong: true);
    }

    private static FolderExportResult FromRun(
        string folder, IReadOnlyList<ExportFormat> formats, string? target, string? model, Action<string> progress)
    {
        using RunSource run = RunSource.Open(folder);
        string name = run.ModelCalled(model);
        using Module module = run.Load(name);
        StudentDescription description =
            StudentSource.Describe(name, run.RoleOf(name), run.Session.Registry, run.Data, run.Split);
        return Finish(module, description, formats, target ?? Path.Combine(folder, "students", name), run, run.CardOf(), null,
            progress);
    }

    private static FolderExportResult FromStudent(
        string folder, IReadOnlyList<ExportFormat> formats, string? target, string? model, Action<string> progress)
    {
        if (model is not null)
            throw new RunException($"'{folder}' holds one model; --model chooses among those of a run.", isInputWrong: true);

        // students/NAME of a run: its recipe knows the data, its summary the results.
        string above = Path.GetFullPath(Path.Combine(folder, "..", ".."));
        if (Path.GetFileName(Path.GetDirectoryName(folder)) == "students" && File.Exists(Path.Combine(above, "recipe.yaml")))
            return FromRun(above, formats, target ?? folder, Path.GetFileName(folder), progress);
        (Module module, StudentDescription description) = StudentExport.Read(folder);
        string card = Path.Combine(folder, "README.md");
        using (module)
            return Finish(module, description, formats, target ?? folder, null, new ModelCard(), File.Exists(card)
                ? File.ReadAllText(card) : null, progress);
    }

    private static FolderExportResult Finish(
        Module module, StudentDescription description, IReadOnlyList<ExportFormat> formats, string target, RunSource? run,
        ModelCard card, string? earlierCard, Action<string> progress)
    {
        module.To(Device.Cpu);
        QuantizationMeasurement? rounded = null;
        if (formats.Contains(ExportFormat.Int8))
        {
            if (run is null)
                progress("there is no run beside the model, so int8's accuracy is not measured: only its size and speed.");
            rounded = StudentSource.Round(
                module, description, run?.Data, run?.Session.TaskOf(run.Data.Options.Dataset), run?.Split ?? "test");
        }

        var options = StudentExportOptions.Of(formats);
        StudentExport.Write(target, module, description, card with { Quantization = rounded }, options);
        if (earlierCard is not null)
            AtomicFile.Write(Path.Combine(target, "README.md"),
                ModelCardWriter.Renew(earlierCard, description, rounded, options));
        return new FolderExportResult(target, [.. Directory.EnumerateFiles(target).Order(StringComparer.Ordinal)], rounded);
    }
}
