using System.Globalization;
using Retort.Export;
using Retort.Reports;
using Retort.Stages;
using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Tracking;

namespace Retort.Runs;

/// <summary>A run that was done, opened again for what it left.</summary>
internal sealed class RunSource : IDisposable
{
    private readonly RecipePlan _plan;

    private RunSource(RecipePlan plan, RunSession session)
    {
        _plan = plan;
        Session = session;
    }

    public RunSession Session { get; }

    public string Split => Compared?.Split ?? "test";

    public DataProvider Data => Session.Data.For(null)
        ?? throw new RunException(
            "the run's recipe has no `data:` of its own, which the model's input comes from.", isInputWrong: true);

    private CompareStageOptions? Compared =>
        _plan.Stages.Select(s => s.Options).OfType<CompareStageOptions>().LastOrDefault();

    public static RunSource Open(string folder)
    {
        ComponentRegistry registry = RetortCatalog.Default;
        (RecipePlan plan, Binding<Recipe> binding) =
            Runner.Check(RecipeDocument.Load(Path.Combine(folder, "recipe.yaml")), registry);
        Recipe recipe = binding.Require();
        Engine.Threads = recipe.Threads ?? Environment.ProcessorCount;
        return new RunSource(plan, new RunSession
        {
            Recipe = recipe with { Seeds = SeedsOf(folder, recipe) },
            Plan = plan,
            Registry = registry,
            Folder = new RunFolder(folder),
            Device = Device.Cpu,
            Tracker = new Trackers(),
            Progress = new SilentProgress(),
            Data = new DataProviders(recipe.Data, registry),
            Resume = false,
            Cancellation = CancellationToken.None,
        });
    }

    public string ModelCalled(string? name)
    {
        string[] known = [.. _plan.Models().Select(m => m.Name)];
        if (name is null)
            return Compared?.Models.LastOrDefault(known.Contains) ?? known.LastOrDefault()
                ?? throw new RunException("the run trains nothing.", isInputWrong: true);
        if (known.Contains(name))
            return name;
        string hint = Spelling.Nearest(name, known) is { } nearest ? $"; nearest: {nearest}" : string.Empty;
        throw new RunException(
            $"the run trains nothing called '{name}'{hint}. It trains: {string.Join(", ", known)}.", isInputWrong: true);
    }

    public RoleOptions RoleOf(string model) => Session.RoleOptionsOf(Session.RoleTrainedBy(model)!, Session.Seeds[0]);

    public Module Load(string model)
    {
        string weights = Session.WeightsOf(model, Session.Seeds[0]);
        return File.Exists(weights)
            ? new StageContext(Session, Session.StageBehind(model), Session.Seeds[0], string.Empty).Trained(model).Model
            : throw new RunException($"the run has not trained '{model}' yet: '{weights}' is not there.", isInputWrong: true);
    }

    public ModelCard CardOf()
    {
        string summary = Session.Folder.In("summary.json");
        if (!File.Exists(summary))
            return new ModelCard { Summary = $"Made by the recipe {Session.Recipe.Name}." };
        string teacher = Compared?.Teacher
            ?? (Compared?.Models.Contains("teacher") == true ? "teacher" : Compared?.Models[0] ?? "teacher");
        try
        {
            return RunExport.Card(
                SummaryFile.Read(summary), teacher, Session.Seeds[0].ToString(CultureInfo.InvariantCulture));
        }
        catch (InvalidDataException e)
        {
            throw new RunException(e.Message, isInputWrong: true, e);
        }
    }

    public void Dispose()
    {
        Session.Data.Dispose();
        Session.Tracker.Dispose();
        _plan.Dispose();
    }

    // The recipe says which seeds there should be; --seed may have run others.
    private static Seeds SeedsOf(string folder, Recipe recipe)
    {
        ulong first = recipe.Seeds[0];
        if (Directory.Exists(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"seed-{first}"))))
            return recipe.Seeds;
        ulong[] found =
        [
            .. Directory.EnumerateDirectories(folder, "seed-*")
                .Select(d => ulong.TryParse(
                    Path.GetFileName(d)["seed-".Length..], CultureInfo.InvariantCulture, out ulong seed) ? seed
                    : (ulong?)null)
                .OfType<ulong>().Order(),
        ];
        return found.Length == 0 ? recipe.Seeds : [.. found];
    }

    private sealed class SilentProgress : IRunProgress
    {
        public void RunStarted(string recipe, string folder, int stages)
        {
        }

        public void StageStarted(string stage, long seed, long resumedAt)
        {
        }

        public void StageReused(string stage, long seed)
        {
        }

        public void Stepped(in TrainingProgress progress)
        {
        }

        public void Measured(string stage, long seed, IReadOnlyList<KeyValuePair<string, double>> figures)
        {
        }

        public void Warned(string message)
        {
        }

        public void StageFinished(string stage, long seed, double wallSeconds)
        {
        }
    }
}
