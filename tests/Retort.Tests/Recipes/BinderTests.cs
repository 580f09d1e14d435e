using Retort.Recipes;
using Retort.Recipes.Schedules;
using Retort.Registry;

namespace Retort.Tests.Recipes;

public sealed class BinderTests
{
    [Fact]
    public void The_style_page_s_recipe_binds_as_it_stands()
    {
        Fakes.FakeRecipe recipe = Fakes.Bind(Fakes.Text).Require();
        Assert.Equal(3, recipe.Seeds.Count);
        Assert.Equal(128, recipe.Data!.BatchSize);
        Assert.Equal("/somewhere/recipes/data/fashion-mnist", ((Fakes.FashionMnist)recipe.Data.Dataset).Root.FullPath);
        Assert.Equal([new Fakes.RandomCrop { Padding = 4 }, new Fakes.Flip()], recipe.Data.Augment);
        Assert.Equal("cifar-resnet56", Fakes.Registry.ComponentOf(recipe.Roles["teacher"].Model).Slug);
        var distilled = Assert.IsType<Fakes.Train>(recipe.Stages[2]);
        Assert.Equal(20, distilled.Epochs);
        Assert.Equal(0.0005, Assert.IsType<Fakes.Sgd>(distilled.Optimizer).WeightDecay);
        Assert.Equal(Schedule.Cosine(), distilled.Schedule);
        var sp = Assert.IsType<Fakes.SimilarityPreservingOptions>(distilled.Criteria[1]);
        Assert.Equal("layer3", sp.StudentTap.Path);
        var criterion = Fakes.Registry.Create<Fakes.FakeCriterion>(sp);
        Assert.IsType<Fakes.SimilarityPreserving>(criterion);
        Assert.Equal(3000, criterion.InitialWeight);
    }

    [Fact]
    public void What_is_not_written_keeps_the_record_s_own_default()
    {
        Fakes.FakeRecipe recipe = Fakes.Bind("{recipe: 1, name: a, stages: [train: {role: r, criteria: [sp, {sp: }, {sp: {}}]}]}").Require();
        var train = Assert.IsType<Fakes.Train>(Assert.Single(recipe.Stages));
        Assert.All(train.Criteria, criterion => Assert.Equal(new Fakes.SimilarityPreservingOptions(), criterion));
        Assert.Null(recipe.Data);
        Assert.Equal(new Fakes.Sgd(), train.Optimizer);
    }

    public static TheoryData<string, string, string, string, string> Slips => new()
    {
        { "epochs: 20", "epochs: ten", "R1201", "'epochs' is text ('ten')", "a whole number of at least 1 and at most 100000" },
        { "epochs: 20", "epochs: '20'", "R1201", "'epochs' is text in quotes ('20')", "a whole number of at least 1 and at most 100000" },
        { "epochs: 20", "epochs: 2.5", "R1201", "'epochs' is a number ('2.5')", "a whole number of at least 1 and at most 100000" },
        { "epochs: 20", "epochs: [20]", "R1201", "'epochs' is a list", "a whole number of at least 1 and at most 100000" },
        { "epochs: 20", "epochs: ", "R1201", "'epochs' is nothing", "a whole number of at least 1 and at most 100000" },
        { "epochs: 20", "epochs: 0", "R1205", "'epochs' is 0", "a whole number of at least 1 and at most 100000" },
        { "epochs: 20", "epochs: 99999999999", "R1201", "'epochs' is a number ('99999999999')", "a whole number of at least 1 and at most 100000" },
        { "lr: 0.1", "lr: 0", "R1205", "'lr' is 0", "a number above 0" },
        { "lr: 0.1", "lr: .inf", "R1205", "'lr' is .inf", "a finite number" },
        { "momentum: 0.9", "momentum: 1.5", "R1205", "'momentum' is 1.5", "a number of at least 0 and below 1" },
        { "weight: 3000", "weight: -1", "R1205", "'weight' is -1", "a number of at least 0" },
        { "weight: 3000", "weight: { linear: { to: -2 } }", "R1205", "'weight' reaches -2", "a number of at least 0" },
        { "weight: 3000", "weight: cosin", "R1203", "there is no schedule 'cosin'",
            "one of: auto, constant, cosine, exponential, linear, piecewise, polynomial, sigmoid-ramp, step, warmup" },
        { "schedule: cosine", "schedule: auto", "R1206", "'schedule' cannot be 'auto'", "a value that is known before training" },
        { "split: test", "split: tset", "R1206", "'split' is 'tset'", "one of: test, train, validation" },
        { "metric: accuracy", "metric: acuracy", "R1206", "'metric' is 'acuracy'", "one of: accuracy, top-five" },
        { "role: teacher,", "", "R1202", "stage 'train' lacks the key 'role'", "role: text" },
        { "model: cifar-resnet20,", "", "R1202", "role 'student' lacks the key 'model'", "model: one of: cifar-resnet20, cifar-resnet56" },
        { "model: cifar-resnet20", "model: cifar-resnet21", "R1203", "there is no model 'cifar-resnet21'", "one of: cifar-resnet20, cifar-resnet56" },
        { "classes: 10 }\n\ndefaults", "clases: 10 }\n\ndefaults", "R1204", "role 'student' (cifar-resnet20) has no key 'clases'",
            "one of: classes, frozen, in_channels, model" },
        { "criteria: [cross-entropy] }", "criteria: [] }", "R1208", "'criteria' has 0 items", "at least 1 item" },
        { "student_tap: layer3", "student_tap: layer3..0", "R1209", "'student_tap' is 'layer3..0'", TapPath.Form },
        { "- compare: {", "- compare: { models: [a] }\n  - compare:\n    role: {", "R1207", "'role' stands beside 'compare', not inside it",
            "the options of 'compare' to be indented below it" },
        { "sgd: {", "sgd: {}, adam: {", "R1207", "'optimizer' names 2 things: sgd, adam", "a single optimizer: one of: adam, sgd" },
        { "teachers: [teacher]", "teachers: [teacher, student]", "R1302", "role 'student' cannot teach itself", "" },
        { "seeds: [0, 1, 2]", "seeds: 4..0", "R1201", "'seeds' is text ('4..0')", Seeds.Form },
        { "seeds: [0, 1, 2]", "seeds: [0, 1, 0]", "R1206", "'seeds' has 0 twice", "different seeds" },
        { "  train: { epochs", "  trian: { epochs", "R1203", "there is no stage 'trian'", "one of: compare, train" },
        { "data:", "data: null\nroots:", "R1204", "the recipe has no key 'roots'", "one of: data, defaults, include, name, recipe, roles, seeds, stages" },
    };

    [Theory, MemberData(nameof(Slips))]
    public void A_slip_is_named_with_what_was_expected(string right, string wrong, string code, string message, string expected)
    {
        int at = Fakes.Text.IndexOf(right, StringComparison.Ordinal);
        string text = string.Concat(Fakes.Text.AsSpan(0, at), wrong, Fakes.Text.AsSpan(at + right.Length));
        Diagnostic error = Fakes.Bind(text).Errors[0];
        Assert.Equal((code, message, expected), (error.Code.Id, error.Message, error.Expected ?? ""));
    }

    [Fact]
    public void A_slip_in_defaults_is_reported_once_however_many_stages_take_it() =>
        Assert.Equal("R1204", Assert.Single(Fakes.Bind(Fakes.Text.Replace("epochs: 20", "epoch: 20", StringComparison.Ordinal)).Errors).Code.Id);

    [Fact]
    public void What_is_wrong_is_left_out_and_the_rest_is_complete()
    {
        Binding<Fakes.FakeRecipe> binding = Fakes.Bind(Fakes.Text.Replace("role: student, criteria", "criteria", StringComparison.Ordinal)
            .Replace("weight: 1.0", "weight: heavy", StringComparison.Ordinal));
        Assert.Equal(2, binding.Errors.Count);
        Assert.False(binding.IsComplete);
        Assert.Equal(["teacher", "student-distilled", null], binding.Value!.Stages.Select(stage => stage.Name));
        Assert.Equal(1, ((Fakes.Train)binding.Value.Stages[1]).Criteria[0].Weight.At(default));
    }

    [Fact]
    public void A_problem_is_placed_at_the_item_that_has_it()
    {
        Diagnostic error = Assert.Single(Fakes.Bind(Fakes.Text.Replace("teachers: [teacher]", "teachers: [teacher, student]", StringComparison.Ordinal)).Errors);
        Assert.Equal((25, 27, 7), (error.Span!.Value.Line, error.Span.Value.Column, error.Span.Value.Length));
    }

    [Fact]
    public void Options_made_in_code_find_their_component_by_type()
    {
        Assert.Equal("sp", Fakes.Registry.ComponentOf(new Fakes.SimilarityPreservingOptions()).Slug);
        Assert.Throws<ArgumentException>(() => Fakes.Registry.ComponentOf(new Fakes.ResNet { Classes = 2 }));
    }

    [Fact]
    public void Canonical_json_is_the_same_for_a_default_and_for_the_same_value_spelt_out()
    {
        const string Short = "{recipe: 1, name: a, stages: [train: {role: r, criteria: [sp]}]}";
        const string Long = "{name: a, stages: [train: {criteria: [sp: {weight: {constant: 3.0e3}}], role: r, epochs: 1}], recipe: 1, seeds: 0}";
        string canonical = CanonicalJson.Write(Fakes.Bind(Short).Require(), Fakes.Registry);
        Assert.Equal(canonical, CanonicalJson.Write(Fakes.Bind(Long).Require(), Fakes.Registry));
        Assert.Contains("""{"sp":{"student_tap":"last-feature","teacher_tap":"last-feature","weight":{"constant":{"value":3000}}}}""", canonical, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_things_of_one_kind_cannot_have_one_name()
    {
        ComponentRegistry registry = Fakes.NewRegistry();
        Assert.Throws<InvalidOperationException>(() => registry.AddType(typeof(Fakes.Sgd)));
        registry.Add(new Component("sp", typeof(string), typeof(Fakes.Adam), _ => "another kind"));
        Assert.Equal("another kind", registry.Find(typeof(Fakes.FakeOptimizer), "sp")!.Create(new Fakes.Adam()));
        Assert.IsType<ConstantSchedule>(Schedule.Constant(1));
    }
}
