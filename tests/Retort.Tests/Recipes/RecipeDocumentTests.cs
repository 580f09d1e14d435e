using System.Globalization;
using System.Text;
using Retort.Recipes;

namespace Retort.Tests.Recipes;

public sealed class RecipeDocumentTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("retort-recipes-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Aliases_and_merge_keys_repeat_values()
    {
        Fakes.FakeRecipe recipe = Fakes.Bind("""
            recipe: 1
            name: a
            stages:
              - train: &base { role: student, criteria: [cross-entropy], epochs: 3 }
              - train: { <<: *base, epochs: 5 }
              - train: { <<: [*base, { role: teacher, name: last }] }
            """).Require();
        Fakes.Train[] stages = [.. recipe.Stages.Cast<Fakes.Train>()];
        Assert.Equal([3, 5, 3], stages.Select(stage => stage.Epochs));
        Assert.All(stages, stage => Assert.Equal("student", stage.Role));
        Assert.Equal("last", stages[2].Name);
    }

    [Fact]
    public void Included_stages_stand_where_the_including_file_puts_them()
    {
        File.WriteAllText(Path.Combine(_folder, "base.yaml"), """
            recipe: 1
            name: base
            stages:
              - train: { name: first, role: teacher, criteria: [cross-entropy] }
              - train: { name: second, role: student, criteria: [cross-entropy] }
            """);
        string path = Path.Combine(_folder, "recipe.yaml");
        const string Own = "- train: { name: own, role: student, criteria: [cross-entropy] }";
        string[] Names(string stages)
        {
            File.WriteAllText(path, $"include: base.yaml\nstages:\n{stages}");
            return [.. Fakes.Bind(RecipeDocument.Load(path)).Require().Stages.Select(stage => stage.Name!)];
        }

        Assert.Equal(["first", "second", "own"], Names($"  - included\n  {Own}\n"));
        Assert.Equal(["own", "first", "second"], Names($"  {Own}\n  - included\n"));
        Assert.Equal(["own"], Names($"  {Own}\n"));
    }

    [Fact]
    public void Included_stages_without_an_include_are_an_unknown_stage() =>
        Assert.Contains(Fakes.Bind("recipe: 1\nname: a\nstages: [included]").Errors, e => e.Code == RecipeCodes.UnknownName);

    [Fact]
    public void Json_is_read_too_with_tabs_and_escapes()
    {
        string json = "{\n\t\"recipe\": 1,\n\t\"name\": \"a\\/\\u0062\",\n\t\"stages\": [\n\t\t{\"train\": {\"role\": \"s\", \"criteria\": [\"cross-entropy\"]}}\n\t]\n}\n";
        Assert.Equal("a/b", Fakes.Bind(json).Require().Name);
    }

    [Fact]
    public void An_alias_that_expands_to_billions_is_refused_at_once()
    {
        var text = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 12; i++)
            text.Append(CultureInfo.InvariantCulture, $"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        Assert.Equal("R1003", CodeOf(() => RecipeDocument.Parse(text.ToString())));
    }

    [Fact]
    public void Nesting_without_end_is_refused() =>
        Assert.Equal("R1003", CodeOf(() => RecipeDocument.Parse(new string('[', 100_000))));

    [Fact]
    public void A_text_beyond_the_limit_is_refused() =>
        Assert.Equal("R1003", CodeOf(() => RecipeDocument.Parse("name: " + new string('x', 1 << 20))));

    [Theory]
    [InlineData("a: [1, 2", "R1004")]
    [InlineData("a: 'b", "R1004")]
    [InlineData("a: b: c", "R1004")]
    [InlineData("a: 1\n---\nb: 2", "R1007")]
    [InlineData("a: !danger 1", "R1007")]
    [InlineData("[a]: 1", "R1007")]
    [InlineData("a: *nowhere", "R1006")]
    [InlineData("a: &a [*a]", "R1006")]
    [InlineData("a: \u0001", "R1002")]
    [InlineData("a: \"\\uD83D\"", "R1004")]
    [InlineData("a: \"\\UFFFFFFFF\"", "R1004")]
    [InlineData("a: \"\\U00110000\"", "R1004")]
    [InlineData("a: \"\\xZZ\"", "R1004")]
    [InlineData("", "R1201")]
    [InlineData("# only a comment", "R1201")]
    [InlineData("- a", "R1201")]
    public void A_text_that_cannot_be_read_is_refused_with_its_code(string text, string code) =>
        Assert.Equal(code, CodeOf(() => RecipeDocument.Parse(text)));

    [Fact]
    public void A_key_that_appears_twice_names_the_first_place()
    {
        Diagnostic error = Assert.Single(Fakes.Bind(Fakes.Text + "\nname: again\n").Errors);
        Assert.Equal("R1005", error.Code.Id);
        Assert.Equal("key 'name' stands here already, in line 3", error.Message);
    }

    [Fact]
    public void Included_files_lie_below_and_keep_their_places_and_folders()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "base"));
        string main = Write("main.yaml", """
            include: base/common.yaml
            name: mine
            stages:
              - train: { role: student, criteria: [cross-entropy] }
            """);
        string common = Write("base/common.yaml", """
            include: [data.yaml]
            recipe: 1
            name: base
            seeds: 0..2
            roles: { student: { model: cifar-resnet20, classes: ten } }
            """);
        Write("base/data.yaml", "data: { dataset: fashion-mnist, root: files, batch_size: 8 }\n");
        Binding<Fakes.FakeRecipe> binding = Fakes.Bind(RecipeDocument.Load(main));
        Diagnostic error = Assert.Single(binding.Errors);
        Assert.Equal("'classes' is text ('ten')", error.Message);
        Assert.Equal((common, 5), (Path.Combine(_folder, error.Span!.Value.Source.Name), error.Span.Value.Line));
        Assert.Equal("mine", binding.Value!.Name);
        Assert.Equal(3, binding.Value.Seeds.Count);
        Assert.Equal(Path.Combine(_folder, "base", "files"), Assert.IsType<Fakes.FashionMnist>(binding.Value.Data!.Dataset).Root.FullPath);
    }

    [Fact]
    public void Files_that_include_each_other_are_refused()
    {
        string main = Write("main.yaml", "include: other.yaml\nname: a\n");
        Write("other.yaml", "include: main.yaml\nname: b\n");
        Assert.Equal("R1102", CodeOf(() => RecipeDocument.Load(main)));
    }

    [Fact]
    public void A_missing_file_is_named_with_its_neighbour()
    {
        Write("recipe.yaml", "name: a\n");
        var error = Assert.Throws<RecipeException>(() => RecipeDocument.Load(Path.Combine(_folder, "recipes.yaml")));
        Assert.Equal(("R1001", "recipe.yaml"), (error.Diagnostics[0].Code.Id, error.Diagnostics[0].Nearest));
        Assert.Equal("R1001", CodeOf(() => RecipeDocument.Load(_folder)));
    }

    [Fact]
    public void A_file_that_is_no_text_is_refused()
    {
        string path = Path.Combine(_folder, "image.yaml");
        File.WriteAllBytes(path, [0x89, 0x50, 0x4E, 0x47, 0xFF, 0xFE, 0x00]);
        Assert.Equal("R1002", CodeOf(() => RecipeDocument.Load(path)));
    }

    [Fact]
    public void Variables_of_the_environment_fill_in_scalars()
    {
        string text = Fakes.Text.Replace("epochs: 20", "epochs: \"${EPOCHS}\"", StringComparison.Ordinal)
            .Replace("name: teacher,", "name: \"n-${MISSING:-${EMPTY:-x}\",", StringComparison.Ordinal)
            .Replace("root: data/fashion-mnist", "root: $${literal}", StringComparison.Ordinal);
        Fakes.FakeRecipe recipe = Fakes.Bind(text).Require();
        Assert.Equal(7, ((Fakes.Train)recipe.Stages[0]).Epochs);
        Assert.Equal("n-${EMPTY:-x", recipe.Stages[0].Name);
        Assert.Equal("${literal}", ((Fakes.FashionMnist)recipe.Data!.Dataset).Root.Text);
    }

    [Theory]
    [InlineData("${NOT_SET}", "R1103")]
    [InlineData("${", "R1104")]
    [InlineData("${1X}", "R1104")]
    public void Variables_that_mean_nothing_are_reported(string value, string code) =>
        Assert.Equal(code, Fakes.Bind(Fakes.Text.Replace("name: sp-fashion-mnist", $"name: {value}", StringComparison.Ordinal)).Errors[0].Code.Id);

    [Fact]
    public void The_resolved_text_reads_back_the_same_and_keeps_secrets_out()
    {
        string text = Fakes.Text.Replace("name: sp-fashion-mnist", "name: \"${API_KEY}\"", StringComparison.Ordinal);
        Binding<Fakes.FakeRecipe> first = Fakes.Bind(text, "stages.teacher.optimizer.adam.lr=0.5");
        string resolved = first.ResolvedText;
        Assert.DoesNotContain("hush", resolved, StringComparison.Ordinal);
        Assert.DoesNotContain("defaults", resolved, StringComparison.Ordinal);
        Binding<Fakes.FakeRecipe> second = Fakes.Bind(resolved);
        Assert.Equal(CanonicalJson.Write(first.Require(), Fakes.Registry), CanonicalJson.Write(second.Require(), Fakes.Registry));
        Assert.Equal(resolved, second.ResolvedText);
    }

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static string CodeOf(Action read) => Assert.Throws<RecipeException>(read).Diagnostics[^1].Code.Id;
}
