using System.Globalization;
using Retort.Export;
using Retort.Reports;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Runs;

/// <summary>Writes the distilled student of the first seed alone, without teacher or projectors: <c>students/NAME/</c>.</summary>
internal static class RunExport
{
    public static void Write(RunSession session, RunSummaryBuilder builder, RunSummary summary)
    {
        string name = builder.Names.Distilled;
        if (session.RoleTrainedBy(name) is not { } role || builder.Data is not { } data)
            return;
        using var scope = new TensorScope();
        using Module model = builder.Trained(name).Model;
        model.To(Device.Cpu);
        RoleOptions options = session.RoleOptionsOf(role);
        (IReadOnlyList<double> mean, IReadOnlyList<double> deviation) =
            data.Options is { Normalize: true, Dataset.Normalization: { } values } ? values : ([], []);
        string seed = session.Seeds[0].ToString(CultureInfo.InvariantCulture);
        try
        {
            StudentExport.Write(session.Folder.In("students", name), model, new StudentDescription
            {
                Name = name,
                Model = session.Registry.ComponentOf(options.Model).Slug,
                Options = options.Model,
                InputShape = data.Split(builder.Names.Split).SampleShape,
                Mean = mean,
                StandardDeviation = deviation,
                Labels = builder.ClassNames,
            }, Card(summary, builder, seed));
        }
        catch (ExportException e)
        {
            session.Progress.Warned($"'{name}' could not be exported as ONNX: {e.Message}");
        }
    }

    private static ModelCard Card(RunSummary summary, RunSummaryBuilder builder, string seed) => new()
    {
        Summary = $"Distilled from {builder.Names.Teacher} by the recipe {summary.Recipe} (seed {seed}).",
        Teacher = builder.Names.Teacher,
        Results =
        [
            .. summary.Results.Where(r => r.Metric is "accuracy" or "nll" or "ece")
                .Select(r => new ModelCardResult(r.Name, r.Split, r.Metric, r.Mean, r.StandardDeviation, r.Values.Count)),
        ],
    };
}
