using System.ComponentModel.DataAnnotations;

namespace Retort.Recipes;

/// <summary>A whole recipe: models, data, and the stages that turn them into results.</summary>
[ReservedKeys("include", "defaults")]
public sealed record Recipe : IValidatable
{
    /// <summary>The version of the format that this Retort reads.</summary>
    public const int CurrentVersion = 1;

    /// <summary>The version of the format: 1.</summary>
    [RecipeKey("recipe")]
    [AllowedValues(CurrentVersion)]
    public required int Version { get; init; }

    /// <summary>What results and folders are called.</summary>
    [RegularExpression("[a-z0-9]+(-[a-z0-9]+)*", ErrorMessage = "lower-case words or numbers joined by hyphens")]
    [MaxLength(100)]
    public required string Name { get; init; }

    /// <summary>What the recipe shows, for reports and listings.</summary>
    public string? Description { get; init; }

    /// <summary>The seeds to repeat the run with; results are means over them.</summary>
    public Seeds Seeds { get; init; } = [0];

    /// <summary>Threads for arithmetic. The default is the machine's cores.</summary>
    [Range(1, 1024)]
    public int? Threads { get; init; }

    /// <summary>Where to compute. The default is the first GPU where there is one, else the CPU.</summary>
    [RegularExpression("auto|cpu|cuda(:[0-9]{1,3})?", ErrorMessage = "auto, cpu, cuda, or cuda:0 and so on")]
    public string Device { get; init; } = "auto";

    /// <summary>The data that stages use unless they name their own.</summary>
    public DataOptions? Data { get; init; }

    /// <summary>The models, by the names that stages call them.</summary>
    public IReadOnlyDictionary<string, RoleOptions> Roles { get; init; } = new Dictionary<string, RoleOptions>();

    /// <summary>What is done, in order.</summary>
    [MinLength(1)]
    public required IReadOnlyList<StageOptions> Stages { get; init; }

    /// <summary>Reads and binds a recipe file; everything that is wrong is collected in the result.</summary>
    /// <param name="path">The file.</param>
    /// <param name="registry">What the recipe can name.</param>
    /// <param name="overrides">What <c>--set</c> gave, each <c>path.to.key=value</c>.</param>
    /// <exception cref="RecipeException">The text cannot be read at all, or is of another version of the format.</exception>
    public static Binding<Recipe> Load(string path, ComponentRegistry registry, IEnumerable<string>? overrides = null) =>
        Bind(RecipeDocument.Load(path, overrides), registry);

    /// <summary>Binds a document; everything that is wrong is collected in the result.</summary>
    /// <exception cref="RecipeException">The document is of another version of the format.</exception>
    public static Binding<Recipe> Bind(RecipeDocument document, ComponentRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(document);
        ArgumentNullException.ThrowIfNull(registry);
        RequireVersion(document);
        StageDefaults.Apply(document, registry, typeof(StageOptions));
        Binding<Recipe> binding = new RecipeBinder(registry).Bind<Recipe>(document);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (StageOptions stage in binding.Value?.Stages.Where(stage => !names.Add(NameOf(stage, registry))) ?? [])
        {
            binding.Report(RecipeCodes.DuplicateName, stage, nameof(StageOptions.Name),
                $"two stages are called '{NameOf(stage, registry)}'", "a name of its own for each stage");
        }
        return binding;
    }

    /// <summary>The name that a stage goes by: its own, or its kind's.</summary>
    public static string NameOf(StageOptions stage, ComponentRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(stage);
        ArgumentNullException.ThrowIfNull(registry);
        return stage.Name ?? registry.ComponentOf(stage).Slug;
    }

    /// <inheritdoc/>
    public IEnumerable<Problem> Validate()
    {
        foreach (string role in Roles.Keys.Where(role => !IsRoleName(role)))
        {
            yield return new Problem(nameof(Roles), $"'{role}' is no name for a role")
            {
                Item = role,
                Code = RecipeCodes.BadForm,
                Expected = "letters, digits, hyphens and underscores",
            };
        }
    }

    private static bool IsRoleName(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    // Another version may differ in every key, so errors about keys would mislead.
    private static void RequireVersion(RecipeDocument document)
    {
        if (document.Root.Find("recipe") is not { Value: RecipeScalar { Plain: true } version }
            || !YamlText.TryLong(version.Text, out long number) || number == CurrentVersion)
            return;
        throw document.Context.Fatal(RecipeCodes.WrongVersion, version.Span, $"this recipe is written in format {version.Text}",
            $"recipe: {CurrentVersion}, which is what this Retort reads; "
                + (number > CurrentVersion ? "a later Retort reads later formats" : "docs/recipes.md describes it"));
    }
}
