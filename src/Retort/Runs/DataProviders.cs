namespace Retort.Runs;

/// <summary>The data of a run's stages: a provider for each way in which a recipe describes data, shared by stages that describe
/// it alike.</summary>
public sealed class DataProviders : IDisposable
{
    private readonly DataOptions? _shared;
    private readonly ComponentRegistry _registry;
    private readonly Dictionary<string, DataProvider> _providers = [];

    /// <summary>Creates a collection; nothing is read yet.</summary>
    /// <param name="shared">The data of stages that name none of their own, or null.</param>
    /// <param name="registry">What recipes can name.</param>
    public DataProviders(DataOptions? shared, ComponentRegistry registry)
    {
        _shared = shared;
        _registry = registry;
    }

    /// <summary>The provider for a stage's data; null where neither the stage nor the recipe has any.</summary>
    /// <param name="own">What the stage itself says, or null.</param>
    public DataProvider? For(DataOptions? own)
    {
        if ((own ?? _shared) is not { } options)
            return null;
        string text = OptionsText.Of(options);
        if (!_providers.TryGetValue(text, out DataProvider? provider))
            _providers[text] = provider = new DataProvider(options, _registry);
        return provider;
    }

    /// <summary>Frees what the providers made.</summary>
    public void Dispose()
    {
        foreach (DataProvider provider in _providers.Values)
            provider.Dispose();
    }
}
