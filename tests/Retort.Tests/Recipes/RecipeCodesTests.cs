using Retort.Recipes;
using Retort.Tests.Architecture;

namespace Retort.Tests.Recipes;

public sealed class RecipeCodesTests
{
    [Fact]
    public void Every_code_is_documented_and_nothing_else()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "recipe-errors.md"));
        string expected = string.Concat(RecipeCodes.All.Select(code => $"## {code.Id}: {code.Title}\n\n{code.Help}\n\n"));
        Assert.EndsWith(expected.TrimEnd(), page.TrimEnd(), StringComparison.Ordinal);
        Assert.Equal(RecipeCodes.All.Count, page.Split("\n## ").Length - 1);
    }

    [Fact]
    public void Codes_are_unique_and_say_something()
    {
        Assert.Equal(RecipeCodes.All.Count, RecipeCodes.All.Select(code => code.Id).Distinct().Count());
        Assert.All(RecipeCodes.All, code => Assert.Matches("^R1[0-3][0-9]{2}$", code.Id));
        Assert.All(RecipeCodes.All, code => Assert.EndsWith(".", code.Help, StringComparison.Ordinal));
    }
}
