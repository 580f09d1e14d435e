using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Models.Composed;

/// <summary>Some of another network's modules, run one after another under their own names.</summary>
/// <remarks>
/// <para>[N, …] → whatever the last module gives. What the original does between its modules is lost, so only a stretch of
/// modules that follow each other computes what the original does there.</para>
/// <para>Parameters keep the original's names: a checkpoint of the original loads into the kept parts (<see cref="Of"/>).</para>
/// </remarks>
public sealed class Assembled : Module, IHasFeatures
{
    private readonly string[] _paths;
    private readonly IHasFeatures? _original;

    /// <summary>Takes modules out of a network, whose other parts are freed.</summary>
    /// <param name="original">The network; it is of no use afterwards.</param>
    /// <param name="paths">Paths of modules, in the order in which they run.</param>
    /// <exception cref="ArgumentException">A path names no module, twice the same, or one inside another.</exception>
    public Assembled(Module original, IReadOnlyList<string> paths)
    {
        ArgumentNullException.ThrowIfNull(original);
        ArgumentNullException.ThrowIfNull(paths);
        if (paths.Count == 0)
            throw new ArgumentException("no module is named.", nameof(paths));
        _paths = [.. paths];
        _original = original as IHasFeatures;
        foreach (string path in paths)
            Place(original, path);
        FreeRest(original, paths);
    }

    /// <inheritdoc/>
    public string LastFeature => KeptOrLast(_original?.LastFeature);

    /// <inheritdoc/>
    public IReadOnlyList<string> Stages =>
        _original?.Stages.Where(IsKept).ToArray() is { Length: > 0 } kept ? kept : [_paths[^1]];

    /// <inheritdoc/>
    public string Head => KeptOrLast(_original?.Head);

    /// <summary>What of the original's parameters and buffers belongs to the kept modules.</summary>
    /// <param name="original">Values by the original's names.</param>
    public IReadOnlyDictionary<string, Tensor> Of(IReadOnlyDictionary<string, Tensor> original)
    {
        ArgumentNullException.ThrowIfNull(original);
        IReadOnlyDictionary<string, Tensor> own = StateDict();
        return original.Where(entry => own.ContainsKey(entry.Key)).ToDictionary();
    }

    /// <summary>The modules of a chain from its first to one that is named, those of inner chains one by one.</summary>
    /// <param name="chain">A network that is a <see cref="Sequential"/>.</param>
    /// <param name="last">The path of the last module.</param>
    /// <exception cref="ArgumentException">The network is no chain down to there, or has no such module.</exception>
    internal static IReadOnlyList<string> Until(Module chain, string last)
    {
        var found = new List<string>();
        Module at = chain;
        string prefix = string.Empty;
        foreach (string part in last.Split('.'))
        {
            if (at is not Sequential)
            {
                throw new ArgumentException(
                    $"{chain.GetType().Name} cannot be cut after '{last}': '{prefix.TrimEnd('.')}' is no chain of modules.");
            }

            if (at.TryFind(part) is not { } next)
                throw new ArgumentException($"there is no module '{last}' to cut {chain.GetType().Name} after.");
            found.AddRange(at.Children.TakeWhile(c => c.Key != part).Select(c => prefix + c.Key));
            prefix += part + ".";
            at = next;
        }

        return [.. found, last];
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input)
    {
        Tensor x = input;
        foreach (string path in _paths)
            x = Find(path).Call(x);
        return x;
    }

    /// <inheritdoc/>
    protected override void OnChildReplaced(string name, Module before, Module after)
    {
        // The children themselves are what runs, so there is no field to renew.
    }

    private void Place(Module original, string path)
    {
        string[] parts = path.Split('.');
        if (path.Length == 0 || original.TryFind(path) is not { } module)
        {
            throw new ArgumentException(
                $"there is no module '{path}' to take; there are: {string.Join(", ", original.Children.Select(c => c.Key))}.");
        }

        if (TryFind(path) is not null)
            throw new ArgumentException($"'{path}' is named twice, or beside a module that it holds or is held by.");
        if (parts.Length == 1)
        {
            Child(path, module);
            return;
        }

        // Whatever holds the path is a holder of ours: a named module that did would have been found just now.
        var holder = (ModuleDict)(TryFind(parts[0]) ?? Child(parts[0], new ModuleDict()));
        foreach (string part in parts[1..^1])
        {
            if (!holder.TryGet(part, out Module? inner))
                holder.Add(part, inner = new ModuleDict());
            holder = (ModuleDict)inner;
        }

        holder.Add(parts[^1], module);
    }

    private static void FreeRest(Module original, IReadOnlyList<string> kept)
    {
        bool IsInside(string path) => kept.Any(k => path == k || path.StartsWith(k + ".", StringComparison.Ordinal));
        bool Holds(string path) => path.Length == 0 || kept.Any(k => k.StartsWith(path + ".", StringComparison.Ordinal));
        Module[] rest = [.. original.NamedModules().Where(m => !IsInside(m.Key) && !Holds(m.Key)).Select(m => m.Value)];
        foreach (Module module in rest)
            module.Dispose();
    }

    // Inside a named module, or one; not what only holds the named ones' paths.
    private bool IsKept(string path) =>
        TryFind(path) is not null && Array.Exists(_paths, p => path == p || path.StartsWith(p + ".", StringComparison.Ordinal));

    private string KeptOrLast(string? path) => path is not null && IsKept(path) ? path : _paths[^1];
}

/// <summary>What a recipe may give a network that is assembled of another's modules.</summary>
public sealed record AssembledOptions : ModelOptions
{
    /// <summary>The network that the modules are taken from.</summary>
    public ModelOptions? From { get; init; }

    /// <summary>Paths of its modules, in the order in which they run.</summary>
    public IReadOnlyList<string> Modules { get; init; } = [];

    /// <summary>The options that a name of the catalogue stands for.</summary>
    [Model("assembled", IsComposed = true)]
    public static AssembledOptions Named(string name) => new();

    /// <inheritdoc/>
    protected override void Validate()
    {
        RequireUnused("from");
        if (From is null)
            throw new ArgumentException("from: an assembled model needs the model that its modules are taken from.");
        if (Modules.Count == 0)
            throw new ArgumentException("modules: an assembled model needs the paths of its modules, in order.");
    }

    /// <inheritdoc/>
    protected override Module Create() => new Assembled(From!.Build(), Modules);
}
