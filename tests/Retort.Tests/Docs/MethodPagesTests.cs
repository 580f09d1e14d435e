using Retort.Distillation;
using Retort.Recipes;
using Retort.Runs;
using Retort.Tests.Architecture;
using Retort.Tests.Data;
using Retort.Tests.Runs.Checks;

namespace Retort.Tests.Docs;

public sealed class MethodPagesTests
{
    private const string UpdateVariable = "RETORT_UPDATE_METHODS";

    // What the drawn characters lack: tokens, answers to questions about pictures, class maps, boxes, and towers of two kinds.
    private static readonly string[] NeedMoreThanPictures =
        ["fgd", "fgfi", "gid-like", "ifvd", "lad", "ld-localization", "makd", "mgd-ssss", "skds-pixelwise", "tinyclip-affinity"];

    private static string Folder => Path.Combine(Repository.Root, "docs", "methods");

    private static string Atlas => Path.Combine(Repository.Root, "atlas");

    public static TheoryData<string> Slugs => [.. MethodEntry.All(RetortCatalog.Default).Select(m => m.Slug)];

    [Fact]
    public void The_pages_are_those_of_the_source()
    {
        string? atlas = Directory.Exists(Atlas) ? Atlas : null;
        if (Environment.GetEnvironmentVariable(UpdateVariable) is "1")
            MethodPages.WriteInto(Folder, RetortCatalog.Default, atlas);
        string help = $"{UpdateVariable}=1 ./test --filter FullyQualifiedName~MethodPages   writes them anew (or: ./retort methods --write docs/methods).";
        IReadOnlyDictionary<string, string> pages = MethodPages.Write(RetortCatalog.Default, atlas);
        string[] present = [.. Directory.GetFiles(Folder).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];
        Assert.True(pages.Keys.Order(StringComparer.Ordinal).SequenceEqual(present), $"docs/methods lacks or has too many pages; {help}");
        Assert.All(pages, page => Assert.True(
            File.ReadAllText(Path.Combine(Folder, page.Key)).ReplaceLineEndings("\n") == page.Value, $"docs/methods/{page.Key} is stale; {help}"));
    }

    [Theory, MemberData(nameof(Slugs))]
    public void The_example_of_a_page_would_run(string slug)
    {
        MethodEntry entry = MethodEntry.All(RetortCatalog.Default).Single(m => m.Slug == slug);
        if (!RetortCatalog.Default.Of(typeof(CriterionOptions)).Any(c => c.Slug == slug))
        {
            Assert.Contains($"(../../recipes/{entry.Recipe})", DocumentPage.Read($"docs/methods/{slug}.md").Text, StringComparison.Ordinal);
            return;
        }

        string block = DocumentPage.Read($"docs/methods/{slug}.md").Blocks("yaml").Single();
        bool onTokens = DocumentPage.Read($"docs/methods/{slug}.md").Text.Contains("No model of the zoo gives logits of tokens", StringComparison.Ordinal);
        string data = block.StartsWith("data:", StringComparison.Ordinal) ? string.Empty : "data: { dataset: glyphs, train: 72, test: 36, batch_size: 8 }\n";
        string recipe = "recipe: 1\nname: example\nthreads: 1\n" + data + block;
        IReadOnlyList<Diagnostic> errors = CheckedRecipe.Errors(recipe);
        if (onTokens || NeedMoreThanPictures.Contains(entry.Slug))
            Assert.NotEmpty(errors);
        else
            Assert.True(errors.Count == 0, string.Join('\n', errors.Select(e => e.Message)));
    }

    [Fact]
    public void A_measured_claim_stands_on_the_page_and_in_the_index()
    {
        using var atlas = new TemporaryFolder();
        atlas.Write("kd/result.json", """{ "claim": "kd beats the plain student", "holds": false, "seeds": [0, 1, 2], "date": "2026-01-02" }""");
        atlas.Write("sp/result.json", "{ broken");
        IReadOnlyDictionary<string, string> pages = MethodPages.Write(RetortCatalog.Default, atlas.Path);
        Assert.Contains(
            "- Atlas: \"kd beats the plain student\" Measured over 3 seeds (2026-01-02), it did not hold.\n", pages["kd.md"], StringComparison.Ordinal);
        Assert.Contains("- Atlas: no measured claim.\n", pages["sp.md"], StringComparison.Ordinal);
        Assert.Matches(@"\[kd\]\(kd\.md\).* does not hold \|", pages["README.md"]);
    }

    [Fact]
    public void Pages_of_methods_that_are_no_more_go_and_foreign_files_stay()
    {
        using var folder = new TemporaryFolder();
        string target = Path.Combine(folder.Path, "pages");
        int count = MethodPages.WriteInto(target, RetortCatalog.Default);
        string stale = Path.Combine(target, "gone.md");
        File.Copy(Path.Combine(target, "kd.md"), stale);
        Assert.Equal(count, MethodPages.WriteInto(target, RetortCatalog.Default));
        Assert.False(File.Exists(stale));

        File.WriteAllText(Path.Combine(target, "thesis.md"), "# Mine\n");
        File.Delete(Path.Combine(target, "kd.md"));
        var error = Assert.Throws<RunException>(() => MethodPages.WriteInto(target, RetortCatalog.Default));
        Assert.True(error.IsInputWrong);
        Assert.Contains("thesis.md", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(target, "kd.md")));
    }
}
