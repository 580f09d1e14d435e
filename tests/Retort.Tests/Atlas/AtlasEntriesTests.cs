using Retort.Atlas;
using Retort.Recipes;
using Retort.Runs;
using Retort.Tests.Architecture;

namespace Retort.Tests.Atlas;

/// <summary>What must be true of every entry of the project's atlas.</summary>
public sealed class AtlasEntriesTests
{
    private static readonly AtlasCatalog Catalog = new(Path.Combine(Repository.Root, "atlas"));

    public static TheoryData<string> Slugs => [.. Catalog.Slugs];

    [Theory, MemberData(nameof(Slugs))]
    public void Its_recipe_fits_itself_and_its_claim_names_results_that_the_recipe_makes(string slug)
    {
        AtlasEntry entry = Load(slug);
        (RecipePlan plan, Binding<Recipe> binding) = Runner.Check(RecipeDocument.Load(entry.RecipePath), RetortCatalog.Default);
        using (plan)
            Assert.True(binding.Errors.Count == 0, $"{slug}: {string.Join('\n', binding.Errors)}");
    }

    [Theory, MemberData(nameof(Slugs))]
    public void Its_measured_result_fits_its_claim(string slug)
    {
        AtlasEntry entry = Load(slug);
        if (entry.Result is not { } result)
            return;
        Assert.False(entry.IsStale, $"{slug}: the recipe or the claim changed since it was measured: `retort atlas run {slug}`.");
        IReadOnlyList<AtlasCheck> checks = entry.Check(result.Figures);
        Assert.Equal(checks.Select(c => (c.Inequality, c.Holds)), result.Checks.Select(c => (c.Inequality, c.Holds)));
        Assert.Equal(checks.All(c => c.Holds), result.Holds);
        Assert.True(result.Seeds.Count >= 5, $"{slug}: {result.Seeds.Count} seeds say little about a difference of two points.");
        Assert.Equal(entry.Recipe.Seeds.Select(s => (long)s), result.Seeds);
        Assert.NotNull(result.Commit);
    }

    [Theory, MemberData(nameof(Slugs))]
    public void Its_recipe_has_what_its_searches_found_on_other_seeds(string slug)
    {
        AtlasEntry entry = Load(slug);
        if (entry.Result is null && entry.SearchResults.Count == 0)
            return;
        Assert.Equal(entry.Claim.Searches.Select(s => (s.Set, s.Stage)), entry.SearchResults.Select(r => (r.Set, r.Stage)));
        foreach ((AtlasSearch search, AtlasSearchResult found) in entry.Claim.Searches.Zip(entry.SearchResults))
        {
            Assert.Equal(search.Values, found.Accuracy.Keys);
            Assert.Equal(AtlasRunner.BestOf(search.Values, found.Accuracy), found.Best);
            Assert.True(AtlasRunner.Uses(entry, found), $"{slug}: the recipe has not what was found for {found.Set}: {found.Best}.");
            Assert.Empty(search.Seeds.Intersect(entry.Recipe.Seeds));
        }
    }

    [Fact]
    public void The_page_shows_what_was_measured()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "atlas.md")).ReplaceLineEndings("\n");
        string fresh = AtlasPage.Insert(page, AtlasPage.Table([.. Catalog.Slugs.Select(Load)]));
        Assert.True(page == fresh, "docs/atlas.md is out of date: `./retort atlas --markdown docs/atlas.md`.");
    }

    [Fact]
    public void Methods_say_whether_the_atlas_has_them()
    {
        MethodEntry[] methods = [.. MethodEntry.All(RetortCatalog.Default)];
        Assert.Equal(Catalog.Slugs.Contains("kd"), Array.Find(methods, m => m.Slug == "kd")!.HasAtlas);
        Assert.All(methods, m => Assert.Equal(Catalog.Slugs.Contains(m.Slug), m.HasAtlas));
    }

    private static AtlasEntry Load(string slug) => Catalog.Load(slug, RetortCatalog.Default);
}
