using Retort.Runs.Checks;
using Retort.Stages;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Runs;

/// <summary>A recipe with its stages made, and what stages need to check themselves against the rest of it.</summary>
public sealed partial class RecipePlan : IDisposable
{
    private readonly Binding<Recipe> _binding;
    private readonly Dictionary<string, Module?> _models = [];

    /// <summary>Makes the stages of a recipe and lets each check itself; problems are added to the binding's.</summary>
    public RecipePlan(Binding<Recipe> binding, ComponentRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(binding);
        ArgumentNullException.ThrowIfNull(registry);
        _binding = binding;
        Registry = registry;
        if (binding.Value is not { } recipe)
            return;
        Recipe = recipe;
        foreach (string role in MemoryCheck.RefuseNetworks(binding, registry, MachineMemory.TotalBytes))
            _models[role] = null;
        Stages = [.. recipe.Stages.Select(options => registry.Create<Stage>(options))];
        foreach ((string name, RoleOptions role) in recipe.Roles)
        {
            if (role.Until is { } until)
                RequireModule(role, nameof(role.Until), name, until);
        }

        SearchCheck.Run(this);
        foreach (Stage stage in Stages)
        {
            Current = stage;
            stage.Check(this);
        }
    }

    /// <summary>The recipe, or null where binding could not make one.</summary>
    public Recipe? Recipe { get; }

    /// <summary>What the recipe can name.</summary>
    public ComponentRegistry Registry { get; }

    /// <summary>The stages in order.</summary>
    public IReadOnlyList<Stage> Stages { get; } = [];

    private Stage? Current { get; set; }

    private IEnumerable<Stage> StagesBefore => Stages.TakeWhile(s => !ReferenceEquals(s, Current));

    /// <summary>The name that a stage goes by.</summary>
    public string NameOf(Stage stage)
    {
        ArgumentNullException.ThrowIfNull(stage);
        return Recipe.NameOf(stage.Options, Registry);
    }

    /// <summary>The networks that stages leave, by the names that other stages call them.</summary>
    /// <param name="beforeCurrent">Only those of stages before the one that is checking itself.</param>
    public IEnumerable<(string Name, Stage Stage, StageModel Model)> Models(bool beforeCurrent = false) =>
        (beforeCurrent ? Stages.TakeWhile(s => !ReferenceEquals(s, Current)) : Stages)
            .SelectMany(stage => stage.Models.Select(model => (model.NameIn(NameOf(stage)), stage, model)));

    /// <summary>The data that a stage works on; null where neither it nor the recipe says any.</summary>
    public DataOptions? DataOf(Stage stage)
    {
        ArgumentNullException.ThrowIfNull(stage);
        return stage.Options.Data ?? Recipe?.Data;
    }

    /// <summary>The cache stage of this name before the current one, or null.</summary>
    public CacheStage? CacheBefore(string name) => StagesBefore.OfType<CacheStage>().FirstOrDefault(s => NameOf(s) == name);

    /// <summary>The role of a network that a stage before the current one leaves under a name, or null.</summary>
    public string? RoleTrainedAs(string name) => Models(beforeCurrent: true).FirstOrDefault(m => m.Name == name).Model?.Role;

    /// <summary>Reports something else that is wrong with a stage's options.</summary>
    /// <param name="options">A record that came from the recipe.</param>
    /// <param name="property">The property by its C# name, or null for the record.</param>
    /// <param name="message">What is wrong, in one clause without a full stop.</param>
    /// <param name="expected">What would have been right.</param>
    /// <param name="item">The index or key within the property.</param>
    public void Report(object options, string? property, string message, string expected, object? item = null) =>
        _binding.Report(RecipeCodes.Contradiction, options, property, message, expected, item);

    /// <summary>The role that a name of a train stage's teachers stands for: what an earlier stage of that name trains, or the
    /// role itself.</summary>
    internal string RoleOf(StageOptions stage, string teacher)
    {
        string name = CachedBy(stage, teacher) ?? teacher;
        return Models().TakeWhile(m => !ReferenceEquals(m.Stage.Options, stage)).FirstOrDefault(m => m.Name == name).Model?.Role
            ?? name;
    }

    /// <summary>The teacher whose answers an earlier stage of that name keeps, or null where no such stage does.</summary>
    internal string? CachedBy(StageOptions stage, string name) =>
        Stages.TakeWhile(s => !ReferenceEquals(s.Options, stage)).Where(s => NameOf(s) == name)
            .Select(s => s.Options).OfType<CacheStageOptions>().FirstOrDefault()?.Teacher;

    /// <summary>A role's network with fresh weights, to look at; null where there is none or it cannot be built.</summary>
    internal Module? NetworkOf(string role) => ModelOf(role);

    /// <summary>Frees the networks that were made to look at.</summary>
    public void Dispose()
    {
        foreach (Module? model in _models.Values)
            model?.Dispose();
        _models.Clear();
    }

    private string SlugOf(string role) => Registry.ComponentOf(Recipe!.Roles[role].Model).Slug;

    private Module? ModelOf(string role)
    {
        if (_models.TryGetValue(role, out Module? model))
            return model;
        if (Recipe is null || !Recipe.Roles.TryGetValue(role, out RoleOptions? options))
            return null;
        try
        {
            using var scope = new TensorScope();
            model = options.Model.Build();
        }
        catch (ArgumentException e)
        {
            _binding.Report(
                RecipeCodes.Contradiction, Recipe, nameof(Recipe.Roles), $"role '{role}': {e.Message.Split('\n')[0]}",
                item: role);
        }

        return _models[role] = model;
    }
}
