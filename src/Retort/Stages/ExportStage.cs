using System.Text.Json;
using Retort.Export;
using Retort.Reports;
using Retort.Runs;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Stages;

/// <summary>Writes a trained model alone, without teacher, projectors or wrappers, in the formats of other runtimes:
/// <c>students/NAME/</c>, from the first seed.</summary>
/// <remarks>Rounded to int8, the model is measured for every seed, and counts among the results as NAME-int8.</remarks>
[Named("export")]
public sealed class ExportStage(ExportStageOptions options) : Stage(options), ISummarized
{
    private const string Int8File = "int8.json";
    private readonly ExportStageOptions _options = options;

    /// <inheritdoc/>
    public override IEnumerable<string> Reads => [_options.Model];

    /// <inheritdoc/>
    public override void Check(RecipePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.RequireTrained(_options, nameof(_options.Model), _options.Model);
    }

    /// <inheritdoc/>
    public override void Check(RecipePlan plan, DataProvider data)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(data);
        ExportFormat[] traced = [.. _options.Formats.Where(f => f is ExportFormat.Onnx or ExportFormat.Torchscript)];
        using var scope = new TensorScope();
        if (traced.Length == 0 || data.Sample(_options.Split).Input.DType.IsFloatingPoint())
            return;
        plan.Report(
            _options, nameof(_options.Formats),
            $"'{_options.Model}' reads tokens, and it takes a model that reads numbers to write "
                + string.Join(" or ", traced.Select(f => Names.Kebab(f.ToString()))),
            "formats: [safetensors]");
    }

    /// <inheritdoc/>
    public override void Run(StageContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.Progress.StageStarted(context.Stage, context.Seed, 0);
        StudentDescription description = StudentSource.Describe(context, _options.Model, _options.Split);
        using Module model = context.Trained(_options.Model).Model;
        model.To(Device.Cpu);
        QuantizationMeasurement? rounded = null;
        if (_options.Formats.Contains(ExportFormat.Int8))
        {
            rounded = StudentSource.Round(model, description, context.Data, context.Task, _options.Split);
            AtomicFile.Write(context.In(Int8File), JsonSerializer.Serialize(rounded, RunJson.Default.QuantizationMeasurement));
            context.Figures[$"{_options.Model}/{_options.Split}/{rounded.Metric}"] = rounded.Before.Score;
            context.Figures[$"{_options.Model}-int8/{_options.Split}/{rounded.Metric}"] = rounded.After.Score;
            context.Progress.Measured(
                context.Stage, context.Seed,
                [new($"{rounded.Metric}", rounded.Before.Score), new($"int8 {rounded.Metric}", rounded.After.Score)]);
        }

        if (!context.IsFirstSeed)
            return;
        try
        {
            StudentExport.Write(
                context.FolderOfStudent(_options.Model), model, description, new ModelCard { Quantization = rounded },
                StudentExportOptions.Of(_options.Formats));
        }
        catch (Exception e) when (e is ExportException or StudentFolderException)
        {
            throw new RunException($"stage '{context.Stage}': {e.Message}", isInputWrong: true, e);
        }
    }

    /// <inheritdoc/>
    public void Summarize(RunSummaryBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (!_options.Formats.Contains(ExportFormat.Int8))
        {
            builder.Exports[_options.Model] = (_options.Formats, null);
            return;
        }

        QuantizationMeasurement[] rounded =
        [
            .. builder.Seeds.Select(seed => JsonSerializer.Deserialize(
                File.ReadAllText(builder.FileOf(seed, Int8File)), RunJson.Default.QuantizationMeasurement)!),
        ];
        builder.Exports[_options.Model] = (_options.Formats, rounded[0]);
        string name = _options.Model + "-int8";
        string metric = rounded[0].Metric ?? "score";
        builder.Results.Add(ResultSummary.Of(_options.Model, _options.Split, metric, [.. rounded.Select(r => r.Before.Score)]));
        builder.Results.Add(ResultSummary.Of(name, _options.Split, metric, [.. rounded.Select(r => r.After.Score)]));
        QuantizationFigures figures = rounded[0].After;
        builder.Models.Add(new ModelSummary
        {
            Name = name,
            Architecture = builder.ArchitectureOf(_options.Model),
            Parameters = rounded[0].Parameters,
            Macs = rounded[0].Macs,
            Bytes = figures.Bytes,
            LatencyMilliseconds = figures.Latency.Count > 0 ? figures.Latency[0].P50Milliseconds : double.NaN,
            Latency = figures.Latency,
        });
    }
}
