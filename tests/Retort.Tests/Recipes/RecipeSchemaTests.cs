using System.Text.Json.Nodes;
using Retort.Data;
using Retort.Models;
using Retort.Recipes;
using Retort.Registry;

namespace Retort.Tests.Recipes;

public sealed class RecipeSchemaTests
{
    private static readonly JsonObject Schema = JsonNode.Parse(RecipeSchema.Generate<Fakes.FakeRecipe>(Fakes.Registry))!.AsObject();

    [Fact]
    public void The_style_page_s_recipe_conforms() => Assert.True(Conforms(Fakes.Text));

    [Theory]
    [InlineData("weight: 3000", "weigth: 3000")]
    [InlineData("weight: 3000", "weight: heavy")]
    [InlineData("weight: 3000", "weight: { linear: { form: 3 } }")]
    [InlineData("student_tap: layer3", "student_tap: layer 3")]
    [InlineData("epochs: 20", "epochs: 0")]
    [InlineData("epochs: 20", "epoch: 20")]
    [InlineData("momentum: 0.9", "momentum: 1")]
    [InlineData("batch_size: 128", "bach_size: 128")]
    [InlineData("classes: 10", "clases: 10")]
    [InlineData("model: cifar-resnet20", "model: cifar-resnet21")]
    [InlineData("split: test", "split: tset")]
    [InlineData("criteria: [cross-entropy]", "criteria: [cross-entropie]")]
    [InlineData("[0, 1, 2]", "[0, -1]")]
    [InlineData("name: sp-fashion-mnist", "nome: sp-fashion-mnist")]
    public void A_recipe_that_binding_refuses_does_not_conform(string right, string wrong)
    {
        string text = Fakes.Text.Replace(right, wrong, StringComparison.Ordinal);
        Assert.NotEmpty(Fakes.Bind(text).Errors);
        Assert.False(Conforms(text));
    }

    [Theory]
    [InlineData("weight: 3000", "weight: { warmup: { for: 5 epochs, then: { cosine: { from: 3, for: 50% } } } }")]
    [InlineData("weight: 3000", "weight: auto")]
    [InlineData("weight: 3000", "weight: \"${MISSING:-3}\"")]
    [InlineData("epochs: 20", "epochs: \"${EPOCHS}\"")]
    [InlineData("[0, 1, 2]", "0..4")]
    [InlineData("schedule: cosine", "schedule: { step: { every: 30 epochs } }")]
    [InlineData("random_crop: { padding: 4 }", "random-crop: 4")]
    [InlineData("dataset: fashion-mnist                  # 28 × 28, one channel, 10 classes\n  root: data/fashion-mnist", "dataset: fake-glyphs\n  noise: 0.5")]
    public void A_recipe_that_binds_conforms(string one, string other)
    {
        string text = Fakes.Text.Replace(one, other, StringComparison.Ordinal);
        Assert.NotEqual(Fakes.Text, text);
        Assert.Empty(Fakes.Bind(text).Errors);
        Assert.True(Conforms(text));
    }

    [Fact]
    public void Keys_carry_their_documentation_and_default()
    {
        JsonNode ratio = Schema["$defs"]!["schedule.auto"]!["properties"]!["ratio"]!;
        Assert.Equal("The weighted term over the task loss, at step 0.", ratio["description"]!.GetValue<string>());
        Assert.Equal(1, ratio["default"]!.GetValue<double>());
        Assert.Equal(0, ratio["exclusiveMinimum"]!.GetValue<double>());
    }

    [Fact]
    public void The_schema_of_real_recipes_is_written()
    {
        ComponentRegistry.DeclareKind(typeof(ModelOptions), new KindAttribute("model") { Tag = "model" });
        ComponentRegistry.DeclareKind(typeof(DatasetOptions), new KindAttribute("dataset") { Tag = "dataset" });
        ComponentRegistry.DeclareKind(typeof(TransformOptions), new KindAttribute("transform"));
        JsonObject schema = JsonNode.Parse(RecipeSchema.Generate(Fakes.Registry))!.AsObject();
        Assert.Equal("A whole recipe: models, data, and the stages that turn them into results.", schema["description"]!.GetValue<string>());
        Assert.NotNull(schema["properties"]!["include"]);
        Assert.NotNull(schema["properties"]!["defaults"]);
    }

    private static bool Conforms(string yaml) => new JsonSchemaCheck(Schema).Conforms(Fakes.Document(yaml).Root);
}
