using Retort.Asking;
using Retort.Data;
using Retort.Runs;
using Retort.Torch;
using Retort.Torch.Serialization;
using Retort.Training;

namespace Retort.Stages;

/// <summary>Trains a text classifier in rounds, and between them asks a chat teacher for texts of the classes that it does worst
/// on.</summary>
/// <remarks>
/// <para>The validation split says what the student needs and which round's student is kept; its texts are trained on by
/// nobody, nor is anything that nearly repeats them. The test split is looked at once, at the end.</para>
/// <para>It leaves the best student's weights, <c>data.safetensors</c> with the first texts and those that were written, and the
/// latter as <c>texts.jsonl</c>. Every answer is on the disk before the next thing happens, as in an <c>annotate</c>
/// stage.</para>
/// <para>Figures: <c>macro_f1</c>, the mean F1 of the classes; <c>accuracy</c>; <c>texts</c>, how many were taken;
/// <c>weak_share</c>, how many of these are of classes whose F1 was below the median of the round that asked for them.</para>
/// </remarks>
[Named("coach")]
public sealed class CoachStage(CoachStageOptions options) : MeasuredStage(options)
{
    /// <summary>The file with the texts that were written, a JSON object a line.</summary>
    public const string TextsFile = "texts.jsonl";

    private readonly CoachStageOptions _options = options;

    /// <inheritdoc/>
    public override IReadOnlyList<StageModel> Models => [new StageModel(_options.Role)];

    /// <inheritdoc/>
    public override bool LeavesData => true;

    /// <inheritdoc/>
    public override bool OncePerRun => _options.Once;

    /// <inheritdoc/>
    public override IEnumerable<string> UsesRoles => [_options.Role];

    /// <inheritdoc/>
    public override IEnumerable<string> Writes => [Models[0].File, DataFile, TextsFile, Asker.JournalFile];

    /// <inheritdoc/>
    public override void Check(RecipePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        TrainingPlan training = _options.Training;
        if (plan.RequireRole(_options, nameof(_options.Role), _options.Role))
        {
            plan.RequireTaps(training.Criteria, nameof(training.Criteria), training, _options.Role, []);
            plan.RequireModules(training, nameof(training.Freeze), _options.Role, training.Freeze);
        }

        if (plan.DataOf(this) is not { } data)
            return;
        if (data.Validation == 0)
        {
            plan.Report(
                _options, null, "the stage coaches by texts that are held out, and the data has none",
                "data: { …, validation: 0.2 }");
        }

        if (data.Dataset.Task != "classification")
        {
            plan.Report(
                _options, null, "the stage coaches classifiers, and the data's samples have no classes", "texts with classes");
        }
    }

    /// <inheritdoc/>
    public override void Check(RecipePlan plan, DataProvider data)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(data);
        if (data.Split("train").ElementType != DType.Int64)
            plan.Report(_options, null, $"the stage asks for texts, and '{data.Split("train").Name}' has none", "a set of texts");
    }

    /// <inheritdoc/>
    public override void Run(StageContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        using var work = new CoachWork(context, _options);
        var loop = new StepLoop(context, work.Rounds + 1)
        {
            State = work.State,
            Load = work.Load,
            CheckpointEvery = 1,
            ReportEvery = 1,
        };
        loop.Run(round => work.Round((int)round));
        work.Finish();
        using (var scope = new TensorScope())
            SafeTensors.Write(context.In(Models[0].File), work.Best);
        loop.Finish();
    }
}
