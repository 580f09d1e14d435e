using Retort.Data;
using Retort.Export;
using Retort.Models;
using Retort.Runs.Checks;
using Retort.Stages;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Runs.Explain;

/// <summary>Says what a run of a recipe would do, and measures what it would cost, without leaving anything behind.</summary>
public static class RecipeExplainer
{
    private const string SeedFolder = "seed-N";

    /// <summary>Checks a recipe as a run does, with its data, and explains it.</summary>
    /// <param name="document">The recipe as written.</param>
    /// <param name="registry">What it can name.</param>
    /// <exception cref="RecipeException">The recipe is wrong.</exception>
    /// <exception cref="RunException">It cannot run on this machine.</exception>
    /// <exception cref="DataFormatException">A data file is missing or damaged.</exception>
    public static RecipeExplanation Explain(RecipeDocument document, ComponentRegistry registry)
    {
        (RecipePlan plan, Binding<Recipe> binding) = Runner.Check(document, registry);
        using (plan)
        {
            Recipe recipe = binding.Require();
            Engine.Threads = recipe.Threads ?? Environment.ProcessorCount;
            Device device = Runner.DeviceOf(recipe.Device);
            using var data = new DataProviders(recipe.Data, registry);
            plan.RequireFit(data);
            binding.ThrowIfWrong();
            Dataset? train = data.For(null)?.Split("train");
            long[] seeds = [.. recipe.Seeds.Select(s => unchecked((long)s))];
            StageExplanation[] stages =
                [.. plan.Stages.Select(s => StageOf(plan, s, data.For(s.Options.Data), device, seeds.Length))];
            return new RecipeExplanation
            {
                Recipe = recipe.Name,
                Seeds = seeds,
                Device = device.ToString(),
                Threads = Engine.Threads,
                Folder = Path.Combine("runs", recipe.Name),
                Dataset = train?.Name,
                TrainSamples = train?.Count ?? 0,
                SampleShape = train?.SampleShape ?? [],
                Classes = train?.ClassNames.Count ?? 0,
                Roles = [.. recipe.Roles.Select(r => RoleOf(plan, r.Key, r.Value, train))],
                Stages = stages,
                TrainingSeconds = stages.Sum(s => s.Times * (s.Training?.Seconds ?? 0)),
                AvailableBytes = MachineMemory.TotalBytes,
            };
        }
    }

    private static RoleExplanation RoleOf(RecipePlan plan, string name, RoleOptions options, Dataset? train)
    {
        using var scope = new TensorScope();
        Module model = plan.NetworkOf(name) ?? throw new RunException($"role '{name}' has no network.", isInputWrong: true);
        Tensor? sample = train?.Gather([0]).Input;
        var features = model as IHasFeatures;
        return new RoleExplanation
        {
            Name = name,
            Model = plan.Registry.ComponentOf(options.Model).Slug,
            Weights = options.Weights?.FullPath,
            Parameters = model.ParameterCount(),
            Bytes = ModelProfile.CountBytes(model),
            Macs = sample is null ? 0 : ModelProfile.CountMacs(model, sample),
            Output = sample is null ? [] : NetworkTrial.Of(model, sample).Output,
            LastFeature = features?.LastFeature,
            LastStage = features?.Stages[^1],
            Modules = [.. model.NamedModules().Select(m => m.Key).Where(m => m.Length > 0)],
        };
    }

    private static StageExplanation StageOf(RecipePlan plan, Stage stage, DataProvider? data, Device device, int seeds)
    {
        string name = plan.NameOf(stage);
        return new StageExplanation
        {
            Name = name,
            Kind = plan.Registry.ComponentOf(stage.Options).Slug,
            Times = stage.OncePerRun ? 1 : seeds,
            Reads = [.. stage.Reads.Distinct().Select(r => FileRead(plan, r))],
            Writes = stage.Writes.Any()
                ? [.. stage.Writes.Append("done.json").Select(f => $"{SeedFolder}/{name}/{f}")]
                : [$"{SeedFolder}/{name}/"],
            Training = stage.Options is TrainStageOptions { TrainOn: null } training && data is not null
                ? new TrainingExplainer(plan, data, device).Explain(training)
                : null,
        };
    }

    private static string FileRead(RecipePlan plan, string name) =>
        plan.Models().FirstOrDefault(m => m.Name == name) is { Stage: { } stage, Model: { } left }
            ? $"{SeedFolder}/{plan.NameOf(stage)}/{left.File}"
            : plan.Recipe!.Roles.TryGetValue(name, out RoleOptions? role) && role.Weights is { } weights
            ? weights.FullPath
            : $"{SeedFolder}/{name}/";
}
