using System.Globalization;
using Retort.Data;
using Retort.Export;
using Retort.Reports;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Runs;

/// <summary>Writes the distilled student of the first seed alone, without teacher or projectors: <c>students/NAME/</c>. Where a
/// stage has exported it, only the card is written anew, now that all results are known.</summary>
internal static class RunExport
{
    public static void Write(RunSession session, RunSummaryBuilder builder, RunSummary summary)
    {
        foreach ((string exported, (IReadOnlyList<ExportFormat> formats, QuantizationMeasurement? rounded)) in builder.Exports)
        {
            string folder = session.Folder.In("students", exported);
            if (builder.Data is { } source && Directory.Exists(folder))
            {
                StudentExport.WriteCard(
                    folder, Describe(session, builder, exported, source),
                    Card(summary, builder.Names.Teacher, Seed(session)) with { Quantization = rounded },
                    StudentExportOptions.Of(formats));
            }
        }

        string name = builder.Names.Distilled;
        if (session.RoleTrainedBy(name) is null || builder.Data is not { } data
            || (builder.Exports.ContainsKey(name) && Directory.Exists(session.Folder.In("students", name))))
            return;

        // A folder describes inputs of float32; what is collated is none, and tokens are none.
        Dataset train = data.Split("train");
        if (data.Options.Dataset.Collate.Count > 0 || train.ElementType == DType.Int64)
        {
            session.Progress.Warned(
                $"'{name}' is not exported: its inputs are tokens, or made of the samples of '{train.Name}'.");
            return;
        }

        using var scope = new TensorScope();
        using Module model = builder.Trained(name).Model;
        model.To(Device.Cpu);
        try
        {
            StudentExport.Write(
                session.Folder.In("students", name), model, Describe(session, builder, name, data),
                Card(summary, builder.Names.Teacher, Seed(session)));
        }
        catch (ExportException e)
        {
            session.Progress.Warned($"'{name}' could not be exported as ONNX: {e.Message}");
        }
    }

    /// <summary>What a run's summary says about its models.</summary>
    public static ModelCard Card(RunSummary summary, string teacher, string seed) => new()
    {
        Summary = $"Distilled from {teacher} by the recipe {summary.Recipe} (seed {seed}).",
        Teacher = teacher,
        Results =
        [
            .. summary.Results.Where(r => r.Metric is "accuracy" or "nll" or "ece")
                .Select(r => new ModelCardResult(r.Name, r.Split, r.Metric, r.Mean, r.StandardDeviation, r.Values.Count)),
        ],
    };

    private static string Seed(RunSession session) => session.Seeds[0].ToString(CultureInfo.InvariantCulture);

    private static StudentDescription Describe(RunSession session, RunSummaryBuilder builder, string name, DataProvider data) =>
        StudentSource.Describe(
            name, session.RoleOptionsOf(session.RoleTrainedBy(name) ?? name, session.Seeds[0]), session.Registry, data,
            builder.Names.Split);
}
