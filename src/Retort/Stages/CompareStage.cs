using Retort.Data;
using Retort.Distillation;
using Retort.Evaluation;
using Retort.Reports;
using Retort.Runs;
using Retort.Torch;
using Retort.Torch.Serialization;

namespace Retort.Stages;

/// <summary>Evaluates models side by side on one split, seed by seed, for the summary and the report.</summary>
[Named("compare")]
public sealed class CompareStage(CompareStageOptions options) : Stage(options), ISummarized
{
    private const int DisagreementsShown = 24;
    private static readonly string[] Measured = ["accuracy", "top5", "nll", "ece", "adaptive_ece", "brier"];
    private static readonly string[] Agreed = ["teacher_agreement", "teacher_kl"];
    private readonly CompareStageOptions _options = options;

    /// <inheritdoc/>
    public override IEnumerable<string> Reads => _options.Models;

    /// <inheritdoc/>
    public override IEnumerable<string> Writes => _options.Models.Select(FileOf);

    /// <inheritdoc/>
    public IReadOnlyList<string> ResultNames =>
    [
        .. from model in _options.Models.Concat(_options.Ensembles.Keys)
           from metric in Measured.Concat(model == TeacherName ? [] : Agreed)
           select $"{model}/{_options.Split}/{metric}",
    ];

    private string TeacherName => _options.Teacher ?? (_options.Models.Contains("teacher") ? "teacher" : _options.Models[0]);

    /// <inheritdoc/>
    public override void Check(RecipePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        for (int k = 0; k < _options.Models.Count; k++)
            plan.RequireTrained(_options, nameof(_options.Models), _options.Models[k], k);
        if (_options.Teacher is { } teacher)
            plan.RequireTrained(_options, nameof(_options.Teacher), teacher);
    }

    /// <inheritdoc/>
    public override void Run(StageContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.Progress.StageStarted(context.Stage, context.Seed, 0);
        foreach (string name in _options.Models)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            using var scope = new TensorScope();
            Role role = context.Trained(name);
            Predictions found = Predictor.Predict(role.Model, context.Data.Evaluation(_options.Split), context.Device);
            role.Model.Dispose();
            Note(context, name, found);
        }

        foreach ((string name, IReadOnlyList<string> members) in _options.Ensembles.OrderBy(e => e.Key, StringComparer.Ordinal))
            Note(context, name, Predictions.Average([.. members.Select(m => Read(context.In(FileOf(m))))]));
    }

    private void Note(StageContext context, string name, Predictions found)
    {
        using var scope = new TensorScope();
        SafeTensors.Write(context.In(FileOf(name)), new Dictionary<string, Tensor>
        {
            ["logits"] = Tensor.From(found.Logits, found.Labels.Length, found.Classes),
            ["labels"] = Tensor.From(found.Labels),
        });
        ClassificationFigures figures = Classification.Evaluate(found.Logits, found.Labels, found.Classes);
        context.Figures[$"{name}/{_options.Split}/accuracy"] = figures.Top1;
        context.Progress.Measured(
            context.Stage, context.Seed,
            [new($"{name}/accuracy", figures.Top1), new($"{name}/nll", figures.NegativeLogLikelihood)]);
    }

    /// <inheritdoc/>
    public void Summarize(RunSummaryBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        string distilled = _options.Models[^1];
        string teacher = TeacherName;
        builder.Names = new ReportNames
        {
            Teacher = teacher,
            Baseline = _options.Models.Contains("student-baseline")
                ? "student-baseline"
                : _options.Models[Math.Max(0, _options.Models.Count - 2)],
            Distilled = distilled,
            Metric = _options.Metric,
            Split = _options.Split,
        };
        builder.ClassNames = builder.Data?.Split(_options.Split).ClassNames ?? [];
        foreach (string name in _options.Models.Concat(_options.Ensembles.Keys.Order(StringComparer.Ordinal)))
        {
            Predictions[] found = [.. builder.Seeds.Select(seed => Read(builder, seed, name))];
            ClassificationFigures[] figures = [.. found.Select(f => Classification.Evaluate(f.Logits, f.Labels, f.Classes))];
            builder.Evaluations.Add(new ModelEvaluation(name, figures));
            foreach ((string metric, _) in figures[0].Named())
            {
                double[] values = [.. figures.Select(f => f.Named().First(n => n.Key == metric).Value)];
                builder.Results.Add(ResultSummary.Of(name, _options.Split, metric, values));
            }
            if (name != teacher && _options.Models.Contains(teacher))
                AddAgreement(builder, name, found, teacher, name == distilled);
            if (!_options.Ensembles.ContainsKey(name))
                builder.Models.Add(ModelCost.Measure(builder, name, _options.Latency));
        }
    }

    private static string FileOf(string model) => $"predictions-{model.Replace('/', '.')}.safetensors";

    private static Predictions Read(RunSummaryBuilder builder, long seed, string name) =>
        Read(builder.FileOf(seed, FileOf(name)));

    private static Predictions Read(string file)
    {
        using var scope = new TensorScope();
        IReadOnlyDictionary<string, Tensor> tensors = SafeTensors.Read(file);
        Tensor logits = tensors["logits"];
        return new Predictions(logits.ToArray<float>(), tensors["labels"].ToArray<long>(), (int)logits.Size(1));
    }

    private void AddAgreement(RunSummaryBuilder builder, string name, Predictions[] found, string teacher, bool show)
    {
        var agreements = new List<Agreement>();
        for (int k = 0; k < found.Length; k++)
        {
            Predictions reference = Read(builder, builder.Seeds[k], teacher);
            if (reference.Classes != found[k].Classes)
                return;
            agreements.Add(Agreement.Between(found[k].Logits, reference.Logits, reference.Classes));
            if (show && k == 0 && builder.Data is { } data)
                AddDisagreements(builder, data.Split(_options.Split), found[k], reference);
        }

        builder.Results.Add(ResultSummary.Of(name, _options.Split, "teacher_agreement", [.. agreements.Select(a => a.Top1)]));
        builder.Results.Add(ResultSummary.Of(name, _options.Split, "teacher_kl", [.. agreements.Select(a => a.MeanKl)]));
        if (!show)
            return;
        foreach (Agreement agreement in agreements)
            builder.Agreements.Add(agreement);
    }

    private static void AddDisagreements(RunSummaryBuilder builder, Dataset data, Predictions student, Predictions teacher)
    {
        string NameOf(int label) => label < builder.ClassNames.Count ? builder.ClassNames[label] : $"{label}";
        foreach (Disagreement d in Agreement.Disagreements(
            student.Logits, teacher.Logits, student.Labels, student.Classes, DisagreementsShown))
        {
            builder.Disagreements.Add(new DisagreementSample
            {
                Index = data.Ids[d.Sample],
                Label = NameOf(d.Label),
                StudentPrediction = NameOf(d.StudentPrediction),
                StudentConfidence = d.StudentConfidence,
                TeacherPrediction = NameOf(d.TeacherPrediction),
                TeacherConfidence = d.TeacherConfidence,
                Png = Pictures.Png(data, d.Sample),
            });
        }
    }
}
