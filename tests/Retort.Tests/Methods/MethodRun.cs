using System.Security.Cryptography;
using Retort.Recipes;
using Retort.Runs;
using Retort.Tests.Data;

namespace Retort.Tests.Methods;

/// <summary>Runs tiny recipes in this process: a teacher on drawn characters, then whatever stages a test is about.</summary>
internal sealed class MethodRun : IDisposable
{
    private const string Head =
        """
        recipe: 1
        name: tiny
        seeds: [5]
        threads: 1
        device: cpu
        data: { dataset: glyphs, train: 360, test: 72, batch_size: 60 }
        roles:
          teacher: { model: small-cnn, width: 6, in_channels: 1, classes: 36 }
          student: { model: small-cnn, width: 3, in_channels: 1, classes: 36 }
          grafted:
            model: grafted
            backbone: { model: small-cnn, width: 3, in_channels: 1 }
            donor: { model: small-cnn, width: 6, in_channels: 1, classes: 36 }
          experts: { model: experts, backbone: { model: small-cnn, width: 3, in_channels: 1, classes: 36 } }
          part:
            model: assembled
            from: { model: small-cnn, width: 6, in_channels: 1, classes: 36 }
            modules: [layer1, layer2, layer3, avgpool, flatten, fc]
        defaults:
          train: { epochs: 2, evaluate_every: 0, optimizer: { sgd: { lr: 0.02 } } }
        stages:
          - train: { name: teacher, role: teacher, criteria: [cross-entropy] }

        """;

    private readonly TemporaryFolder _folder = new();
    private readonly string _text;

    /// <summary>A recipe whose stages follow the teacher's, written as items of a list.</summary>
    public MethodRun(string stages)
        : this(Head, stages)
    {
    }

    private MethodRun(string head, string stages) =>
        _text = head + string.Join('\n', stages.ReplaceLineEndings("\n").Split('\n').Select(l => "  " + l)) + "\n";

    /// <summary>A whole recipe of its own, with the one seed 5.</summary>
    public static MethodRun Of(string recipe) => new(recipe, string.Empty);

    /// <summary>What is wrong with the recipe, as messages.</summary>
    public string[] Problems()
    {
        (RecipePlan plan, Binding<Recipe> binding) = Runner.Check(RecipeDocument.Parse(_text), RetortCatalog.Default);
        using (plan)
            return [.. binding.Errors.Select(e => e.Message)];
    }

    /// <summary>Runs it; gives the figures that stages measured.</summary>
    /// <param name="name">The run's folder.</param>
    /// <param name="stopAt">A stage that is interrupted after so many steps; the run is then taken up again.</param>
    /// <param name="steps">So many.</param>
    public Dictionary<string, double> Run(string name, string? stopAt = null, int steps = 0)
    {
        var progress = new Progress(stopAt, steps);
        var options = new RunOptions { Out = Path.Combine(_folder.Path, name) };
        if (stopAt is null)
        {
            Runner.Run(RecipeDocument.Parse(_text), options, progress);
            return progress.Figures;
        }

        Assert.Throws<OperationCanceledException>(() =>
            Runner.Run(RecipeDocument.Parse(_text), options, progress, progress.Source.Token));
        Assert.True(File.Exists(FileOf(name, stopAt, "checkpoint.safetensors")));
        progress = new Progress(null, 0);
        Runner.Run(RecipeDocument.Parse(_text), options with { Resume = true }, progress);
        Assert.Contains(stopAt, progress.Resumed);
        return progress.Figures;
    }

    /// <summary>A file that a stage left.</summary>
    public string FileOf(string run, string stage, string file = "model.safetensors") =>
        Path.Combine(_folder.Path, run, "seed-5", stage, file);

    /// <summary>A file of the run.</summary>
    public string FileOf(string run, params string[] parts) => Path.Combine([_folder.Path, run, .. parts]);

    /// <summary>A file's bits as a hash.</summary>
    public static string Digest(string path) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)));

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private sealed class Progress(string? stopAt, int steps) : IRunProgress
    {
        public CancellationTokenSource Source { get; } = new();

        public Dictionary<string, double> Figures { get; } = [];

        public HashSet<string> Resumed { get; } = [];

        public void RunStarted(string recipe, string folder, int stages)
        {
        }

        public void StageStarted(string stage, long seed, long resumedAt)
        {
            if (resumedAt > 0)
                Resumed.Add(stage);
        }

        public void StageReused(string stage, long seed)
        {
        }

        public void Stepped(in TrainingProgress progress)
        {
            if (progress.Stage == stopAt && progress.Step >= steps)
                Source.Cancel();
        }

        public void Measured(string stage, long seed, IReadOnlyList<KeyValuePair<string, double>> figures)
        {
            foreach ((string name, double value) in figures)
                Figures[$"{stage}/{name}"] = value;
        }

        public void Warned(string message) => Figures[$"warned: {message}"] = double.NaN;

        public void StageFinished(string stage, long seed, double wallSeconds)
        {
        }
    }
}
