using System.Reflection;
using Retort.Runs;
using Retort.Stages;

namespace Retort.Atlas;

/// <summary>One folder of the atlas: a recipe, the claim about its results, and what was measured.</summary>
public sealed class AtlasEntry
{
    private readonly ComponentRegistry _registry;
    private readonly MethodAttribute? _method;

    private AtlasEntry(string folder, ComponentRegistry registry)
    {
        Folder = folder;
        _registry = registry;
        RecipeDocument claim = RecipeDocument.Load(Shown(ClaimPath));
        Binding<AtlasClaim> claims = new RecipeBinder(registry).Bind<AtlasClaim>(claim);
        RecipeDocument document = RecipeDocument.Load(Shown(RecipePath));
        Binding<Recipe> recipe = Retort.Recipes.Recipe.Bind(document, registry);
        if (claims.Value is { } read)
        {
            _method = FindMethod(claims, read);
            if (recipe is { IsComplete: true, Value: { } bound })
                CheckFigures(claims, read, bound);
        }

        // Both files' errors at once; those of the claim first.
        if (claims.Errors.Count > 0)
            claims.ThrowIfWrong();
        Claim = claims.Require();
        Recipe = recipe.Require();
        RecipeHash = AtlasRecipe.HashOf(document);
        Result = AtlasJson.Read(ResultPath, AtlasJson.Default.AtlasResult);
        SearchResults = AtlasJson.Read(SearchPath, AtlasJson.Default.IReadOnlyListAtlasSearchResult) ?? [];
        if (Result is not null && !IsWhole(Result))
            throw new RunException($"'{Shown(ResultPath)}' lacks figures; measure the entry again.", isInputWrong: true);
    }

    /// <summary>The folder's name.</summary>
    public string Slug => Path.GetFileName(Folder);

    /// <summary>The absolute folder.</summary>
    public string Folder { get; }

    /// <summary>What is claimed.</summary>
    public AtlasClaim Claim { get; }

    /// <summary>The experiment.</summary>
    public Recipe Recipe { get; }

    /// <summary>What was measured, or null.</summary>
    public AtlasResult? Result { get; }

    /// <summary>What the entry's searches found.</summary>
    public IReadOnlyList<AtlasSearchResult> SearchResults { get; }

    /// <summary>Hash of what the recipe says, its name, description and comments left out.</summary>
    public string RecipeHash { get; }

    /// <summary>Whether the recipe or the claim asks for a figure that the result does not hold: another recipe was measured,
    /// or none.</summary>
    public bool IsStale => Result is not { } result || result.Recipe != RecipeHash
        || !Claim.Inequalities.SelectMany(NamesIn).All(result.Figures.ContainsKey);

    /// <summary>The title of the method, or the entry's own.</summary>
    public string Title => Claim.Title ?? _method?.Title ?? Slug;

    /// <summary>The recipe's file.</summary>
    public string RecipePath => Path.Combine(Folder, "recipe.yaml");

    /// <summary>The claim's file.</summary>
    public string ClaimPath => Path.Combine(Folder, "claim.yaml");

    /// <summary>Where the measured result lies.</summary>
    public string ResultPath => Path.Combine(Folder, "result.json");

    /// <summary>Where the searches' results lie.</summary>
    public string SearchPath => Path.Combine(Folder, "search.json");

    /// <summary>Reads an entry.</summary>
    /// <exception cref="RecipeException">Claim or recipe is wrong; everything that is wrong in one of them is named.</exception>
    /// <exception cref="RunException"><c>result.json</c> or <c>search.json</c> cannot be read.</exception>
    public static AtlasEntry Load(string folder, ComponentRegistry registry)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(registry);
        return new AtlasEntry(Path.GetFullPath(folder), registry);
    }

    /// <summary>Decides the claim from measured figures.</summary>
    public IReadOnlyList<AtlasCheck> Check(IReadOnlyDictionary<string, IReadOnlyList<double>> figures) =>
        [.. Claim.Inequalities.Select(i => i.Check(figures))];

    /// <summary>The figures that the claim speaks of, by full name.</summary>
    public IReadOnlyList<string> FigureNames => [.. Claim.Inequalities.SelectMany(NamesIn).Distinct()];

    /// <summary>The entry as the table shows it. Whether it holds is decided from the figures, not read from the file.</summary>
    public AtlasRow Row()
    {
        var row = new AtlasRow
        {
            Slug = Slug,
            Title = Title,
            Family = _method?.Family.ToString().ToLowerInvariant() ?? "other",
            Claim = Claim.Claim,
        };
        if (IsStale)
            return row;
        IReadOnlyList<AtlasCheck> checks = Check(Result!.Figures);
        return row with
        {
            Holds = checks.All(c => c.Holds),
            Mean = checks[0].Mean,
            Baseline = checks[0].Baseline,
            Spread = checks[0].StandardError,
            Seeds = Result.Seeds.Count,
            WallSeconds = Result.WallSeconds,
            Commit = Result.Commit,
            Date = Result.Date,
        };
    }

    private static IEnumerable<string> NamesIn(AtlasInequality inequality) =>
        new[] { inequality.Figure, inequality.Other }.OfType<string>().Select(AtlasInequality.FullName);

    private static bool IsWhole(AtlasResult result) =>
        result.Seeds is { Count: > 0 } seeds && result.Figures is { } figures && figures.Values.All(v => v?.Count == seeds.Count);

    // Errors name files as users do who stand in the checkout.
    private static string Shown(string path)
    {
        string relative = Path.GetRelativePath(Directory.GetCurrentDirectory(), path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }

    // An entry may be about no method (a baseline, a bench); one that names a method must name one there is.
    private MethodAttribute? FindMethod(Binding<AtlasClaim> binding, AtlasClaim claim)
    {
        MethodAttribute[] methods =
        [
            .. _registry.Components.Select(c => c.Attribute).OfType<MethodAttribute>(),
            .. _registry.Described.Select(t => t.GetCustomAttribute<MethodAttribute>()!),
        ];
        string slug = claim.Method ?? Slug;
        MethodAttribute? found = Array.Find(methods, m => m.Slug == slug);
        if (found is null && (claim.Method is not null || claim.Title is null))
        {
            binding.Report(
                RecipeCodes.UnknownName, claim, nameof(claim.Method), $"there is no method '{slug}'",
                "the slug of a method (`retort methods` lists them), or a title for an entry about none",
                nearest: Spelling.Nearest(slug, methods.Select(m => m.Slug)));
        }

        return found;
    }

    private void CheckFigures(Binding<AtlasClaim> binding, AtlasClaim claim, Recipe recipe)
    {
        Stage[] stages = [.. recipe.Stages.Select(o => _registry.Create<Stage>(o))];
        string[] trained = [.. stages.SelectMany(s => s.Models.Select(m => m.NameIn(Recipe.NameOf(s.Options, _registry))))];
        foreach (AtlasSearch search in claim.Searches.Where(s => !trained.Contains(s.Stage)))
        {
            binding.Report(
                RecipeCodes.UnknownName, search, nameof(search.Stage), $"the recipe trains nothing called '{search.Stage}'",
                $"one of: {string.Join(", ", trained)}", nearest: Spelling.Nearest(search.Stage, trained));
        }

        IReadOnlyList<string>?[] made = [.. stages.OfType<ISummarized>().Select(s => s.ResultNames)];
        if (made.Contains(null))
            return;
        string[] known = [.. made.SelectMany(m => m!).Distinct()];
        foreach (AtlasInequality inequality in claim.Inequalities)
        {
            RequireFigure(binding, inequality, nameof(inequality.Figure), inequality.Figure, known);
            if (inequality.Above is { } above)
                RequireFigure(binding, inequality, nameof(inequality.Above), above, known);
            if (inequality.Below is { } below)
                RequireFigure(binding, inequality, nameof(inequality.Below), below, known);
        }
    }

    private static void RequireFigure(
        Binding<AtlasClaim> binding, AtlasInequality inequality, string property, string figure, string[] known)
    {
        if (known.Contains(AtlasInequality.FullName(figure)))
            return;
        binding.Report(
            RecipeCodes.UnknownName, inequality, property, $"the recipe makes no result '{figure}'",
            known.Length == 0 ? "a stage that measures, such as compare" : "MODEL/METRIC or MODEL/SPLIT/METRIC of its models",
            nearest: Spelling.Nearest(AtlasInequality.FullName(figure), known));
    }
}
