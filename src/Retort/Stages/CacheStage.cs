using System.Diagnostics;
using Retort.Caching;
using Retort.Data;
using Retort.Distillation;
using Retort.Runs;

namespace Retort.Stages;

/// <summary>Asks a teacher about the training data once and keeps its answers; train stages name it in the teacher's
/// place.</summary>
[Named("cache")]
public sealed class CacheStage(CacheStageOptions options) : Stage(options)
{
    private const double Mebibyte = 1 << 20;
    private readonly CacheStageOptions _options = options;

    /// <inheritdoc/>
    public override bool OncePerRun => _options.Once;

    /// <inheritdoc/>
    public override IEnumerable<string> Reads => [_options.Teacher];

    /// <inheritdoc/>
    public override void Check(RecipePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if (plan.RequireTrained(_options, nameof(_options.Teacher), _options.Teacher))
            plan.RequireTaps(_options, nameof(_options.Taps), plan.RoleTrainedAs(_options.Teacher) ?? _options.Teacher,
                _options.Taps);
        if (plan.DataOf(this) is not { } data)
            return;
        if (data.Augment.Count == 0 && _options.Epochs > 1)
        {
            plan.Report(
                _options, nameof(_options.Epochs),
                $"the teacher would see {_options.Epochs} epochs that look the same: nothing is augmented", "epochs: 1");
        }

        if (data.Sampling != Sampling.Shuffled && data.Augment.Any(a => a.Create(classes: 1).DependsOnBatch))
        {
            plan.Report(
                _options, nameof(_options.Teacher),
                "balanced sampling shows a sample several times an epoch, each time mixed with others, and a cache has one "
                    + "answer for it",
                "sampling: shuffled, or no transform that mixes samples");
        }
    }

    /// <inheritdoc/>
    public override void Run(StageContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        DataProvider data = context.Data;
        ulong seed = context.SeedOf("data");
        Loader loader = data.EachOnce(seed, _options.TrainSamples, _options.BatchSize);
        Role role = context.Trained(_options.Teacher);
        using var teacher = new FrozenTeacher(role, _options.Contents.Taps);
        using FileStream? held = _options.Folder is { } shared ? Lock(shared.FullPath) : null;
        long start = 0, first = 0;
        OutputCacheWriter.Write(
            new CacheJob
            {
                Folder = FolderOf(context),
                Identity = CacheSource.Identity(context, _options.Teacher, _options.Contents, loader),
                Contents = _options.Contents,
                Teacher = teacher,
                Loader = loader,
                Epochs = _options.Epochs,
                Seed = data.IsConstant ? null : seed,
                Device = context.Device,
                Continue = context.Resume || _options.Folder is not null,
                Refuse = _options.Folder is not null,
                Estimated = bytes =>
                {
                    context.Figures["mebibytes"] = bytes / Mebibyte;
                    context.Progress.StageStarted(context.Stage, context.Seed, 0);
                    context.Progress.Measured(context.Stage, context.Seed, [new("MiB", bytes / Mebibyte)]);
                },
                Progressed = (done, total) =>
                {
                    if (start == 0)
                        (start, first) = (Stopwatch.GetTimestamp(), done);
                    Report(context, loader, done, total,
                        (done - first) / Math.Max(1e-9, Stopwatch.GetElapsedTime(start).TotalSeconds));
                },
            },
            context.Cancellation);
        role.Model.Dispose();
    }

    /// <summary>The folder of the cache, given the stage's own folder.</summary>
    internal string FolderOf(string stageFolder) => _options.Folder?.FullPath ?? Path.Combine(stageFolder, "outputs");

    private string FolderOf(StageContext context) => FolderOf(context.Folder);

    private void Report(StageContext context, Loader loader, long done, long total, double rate) =>
        context.Progress.Stepped(new TrainingProgress(
            context.Stage, context.Seed, done, total, (double)done / loader.StepsPerEpoch, _options.Epochs, double.NaN,
            rate * loader.Data.Count / loader.StepsPerEpoch, rate > 0 ? (total - done) / rate : double.NaN));

    // Two runs that fill one shared cache would each write the other's index away.
    private static FileStream Lock(string folder)
    {
        string path = folder + ".lock";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(folder))!);
            return new FileStream(
                path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException e)
        {
            throw new RunException($"another run is filling the cache '{folder}' ('{path}' is held).", isInputWrong: true, e);
        }
    }
}
