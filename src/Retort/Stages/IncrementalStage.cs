using Retort.Distillation;
using Retort.Runs;
using Retort.Torch;
using Retort.Torch.Serialization;
using Retort.Training;

namespace Retort.Stages;

/// <summary>Trains a classifier on classes that come in tasks, one after the other: class-incremental learning.</summary>
/// <remarks>
/// <para>The head grows with the classes; in the end it is whole again, in the data's order, so that later stages use the network
/// like any other. Between tasks the network before is a frozen teacher, and a memory may keep a few samples
/// of old classes.</para>
/// <para>Figures: <c>accuracy</c> over all classes at the end; <c>average_accuracy</c>, over the classes seen so far, mean over
/// the tasks; <c>forgetting</c>, how far a task's accuracy ends below the best it had, mean over all tasks but the last;
/// <c>newest_share</c>, the share of predictions that fall on the last task's classes, mean over all tasks but the first;
/// <c>drift</c>, the distance of the parameters below the head from where the first task left them; what corrections say
/// (<c>gamma</c>), mean over the tasks and <c>largest_</c>. <c>known_task_accuracy</c> and <c>known_task_forgetting</c> are of
/// predictions among the classes of the sample's own task, as if somebody said which it is of.</para>
/// </remarks>
[Named("incremental")]
public sealed class IncrementalStage(IncrementalStageOptions options) : MeasuredStage(options)
{
    private readonly IncrementalStageOptions _options = options;

    /// <inheritdoc/>
    public override IReadOnlyList<StageModel> Models => [new StageModel(_options.Role)];

    /// <inheritdoc/>
    public override IEnumerable<string> UsesRoles => [_options.Role];

    /// <inheritdoc/>
    public override IEnumerable<string> Writes => ["checkpoint.safetensors", "model.safetensors"];

    /// <inheritdoc/>
    public override void Check(RecipePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if (!plan.RequireRole(_options, nameof(_options.Role), _options.Role))
            return;
        TrainingPlan training = _options.Training;
        plan.RequireTaps(training.Criteria, nameof(training.Criteria), training, _options.Role, [_options.Role]);
        plan.RequireModules(training, nameof(training.Freeze), _options.Role, training.Freeze);
        if (plan.NetworkOf(_options.Role) is not { } model)
            return;
        if (!GrowingHead.IsIn(model))
        {
            plan.Report(
                _options, nameof(_options.Role), $"the network of role '{_options.Role}' declares no linear head that could grow",
                "a classifier with a linear head, such as mlp or small-cnn");
            return;
        }

        long classes = new GrowingHead(model).Classes;
        if (_options.Tasks > classes)
        {
            plan.Report(
                _options, nameof(_options.Tasks), $"{classes} classes cannot come in {_options.Tasks} tasks",
                $"at most {classes}");
        }
        if (_options.Order is { } order && !order.Order().SequenceEqual(Enumerable.Range(0, (int)classes)))
        {
            plan.Report(
                _options, nameof(_options.Order), "the order does not name each class once",
                $"the numbers 0 to {classes - 1} in some order");
        }

        if (!FirstTerms(plan.Registry).Any())
        {
            plan.Report(
                training, nameof(training.Criteria), "every term needs a teacher, and the first task has none",
                "a term that does without, such as cross-entropy");
        }
    }

    /// <inheritdoc/>
    public override void Run(StageContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        using var work = new IncrementalWork(context, _options, [.. FirstTerms(context.Registry)]);
        var loop = new StepLoop(context, _options.Tasks)
        {
            State = work.State,
            Load = work.Load,
            CheckpointEvery = 1,
            ReportEvery = 1,
        };
        loop.Run(task => work.Learn((int)task));
        string name = context.Stage;
        foreach ((string metric, double value) in work.Figures())
            context.Figures[$"{name}/{_options.Split}/{metric}"] = value;
        using (var scope = new TensorScope())
            SafeTensors.Write(context.In(Models[0].File), work.Finish().StateDict());
        loop.Finish();
    }

    private IEnumerable<CriterionOptions> FirstTerms(ComponentRegistry registry) => _options.Training.Criteria.Where(options =>
    {
        using var criterion = registry.Create<Criterion>(options);
        return !criterion.NeedsTeacher;
    });
}
