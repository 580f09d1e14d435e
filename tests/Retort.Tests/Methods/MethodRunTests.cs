using Retort.Export;
using Retort.Models.Composed;
using Retort.Recipes;
using Retort.Runs;
using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Torch.Serialization;

namespace Retort.Tests.Methods;

/// <summary>Whole tiny runs of methods that need more than a loss.</summary>
[Collection("default generator")]
public sealed class MethodRunTests
{
    private const string FrozenTeacher = "role: teacher, init_from: teacher, freeze: [.]";

    public static TheoryData<string, string> Recipes => new()
    {
        { "crd", "- train: { name: student, role: student, teachers: [teacher], criteria: [cross-entropy, "
            + "{ crd: { negatives: 20, width: 8 } }] }" },
        {
            "sskd",
            $"- train: {{ name: head, {FrozenTeacher}, criteria: [sskd-head] }}\n"
            + "- train: { name: student, role: student, teachers: [teacher], criteria: [cross-entropy, kd, "
            + "{ sskd: { parts_from: head } }] }"
        },
        {
            "ft",
            $"- train: {{ name: paraphraser, {FrozenTeacher}, criteria: [ft-paraphraser] }}\n"
            + "- train: { name: student, role: student, teachers: [teacher], criteria: [cross-entropy, "
            + "{ ft: { parts_from: paraphraser, weight: 5 } }] }"
        },
        {
            "ofd",
            "- train: { name: student, role: student, teachers: [teacher], criteria: [cross-entropy, "
            + "{ ofd: { student_taps: [layer2.1, layer3.1], teacher_taps: [layer2.1, layer3.2@input] } }] }"
        },
        { "split-sgd", "- train: { name: student, role: student, teachers: [teacher], criteria: [cross-entropy, kd], "
            + "optimizer: { split-sgd: { lr: 0.02 } } }" },
        {
            "mdcs",
            "- train: { name: student, role: experts, criteria: [mdcs], data: { dataset: glyphs, train: 360, test: 72, "
            + "batch_size: 60, imbalance: 5, views: { strong: [rand-augment] } } }"
        },
        { "srrl", "- train: { name: student, role: student, teachers: [teacher], criteria: [cross-entropy, srrl] }" },
        { "simkd", "- train: { name: student, role: grafted, teachers: [teacher], head_from: teacher, criteria: [simkd] }" },
        {
            "auxiliaries",
            "- train: { name: student, role: student, teachers: [teacher], auxiliaries: { s: { role: student, tap: layer2, "
            + "layers: [{ conv: 5 }, batch-norm, relu, { pool: 1 }, flatten, { linear: 7 }] }, t: { role: teacher, tap: layer2, "
            + "layers: [{ conv: { kernel: 3, stride: 2 } }, { pool: 1 }, flatten, { linear: 7 }] } }, criteria: [cross-entropy, "
            + "{ sp: { weight: 10, student_tap: 'aux:s', teacher_tap: 'aux:t' } }] }"
        },
        {
            "ab",
            "- train: { name: init, role: student, teachers: [teacher], criteria: [{ ab: { student_taps: [layer3.1], "
            + "teacher_taps: [layer3.1] } }] }\n"
            + "- train: { name: student, role: student, init_from: init, criteria: [cross-entropy] }"
        },
        {
            "fsp",
            "- train: { name: init, role: student, teachers: [narrow], criteria: [{ fsp: { student_taps: [layer1, "
            + "layer3], teacher_taps: [layer1, layer3] } }] }\n"
            + "- train: { name: student, role: student, init_from: init, criteria: [cross-entropy] }"
        },
    };

    [Theory, MemberData(nameof(Recipes))]
    public void Interrupted_and_resumed_a_method_ends_with_the_same_bits(string method, string stages)
    {
        if (method == "fsp")
            stages = "- train: { name: narrow, role: student, criteria: [cross-entropy] }\n" + stages;
        using var run = new MethodRun(stages);
        Assert.Empty(run.Problems());
        run.Run("whole");
        run.Run("broken", "student", steps: 6);
        string whole = run.FileOf("whole", "student", "model.safetensors");
        Assert.Equal(MethodRun.Digest(whole), MethodRun.Digest(run.FileOf("broken", "student", "model.safetensors")));
        if (File.Exists(run.FileOf("whole", "student", "parts.safetensors")))
        {
            Assert.Equal(
                MethodRun.Digest(run.FileOf("whole", "student", "parts.safetensors")),
                MethodRun.Digest(run.FileOf("broken", "student", "parts.safetensors")));
        }

        // Nothing but the network is left in it.
        using var scope = new TensorScope();
        Assert.All(SafeTensors.Read(whole).Keys, name => Assert.Matches("^(layer|fc|backbone|projector|head|experts)", name));
    }

    [Fact]
    public void A_grafted_student_keeps_its_teachers_classifier_and_is_deployed_with_it()
    {
        using var run = new MethodRun(
            "- train: { name: student, role: grafted, teachers: [teacher], head_from: teacher, criteria: [simkd] }\n"
            + "- compare: { models: [teacher, student], latency: false }");
        Dictionary<string, double> figures = run.Run("run");
        Assert.DoesNotContain(figures.Keys, k => k.StartsWith("warned", StringComparison.Ordinal));
        using var scope = new TensorScope();
        IReadOnlyDictionary<string, Tensor> teacher = SafeTensors.Read(run.FileOf("run", "teacher", "model.safetensors"));
        IReadOnlyDictionary<string, Tensor> student = SafeTensors.Read(run.FileOf("run", "student", "model.safetensors"));
        Assert.Equal(teacher["fc.weight"].ToArray<float>(), student["head.weight"].ToArray<float>());
        Assert.Equal(teacher["fc.bias"].ToArray<float>(), student["head.bias"].ToArray<float>());

        (Module read, StudentDescription description) = StudentExport.Read(run.FileOf("run", ["students", "student"]));
        using (read)
        {
            Assert.Equal("grafted", description.Model);
            Assert.IsType<GraftedOptions>(description.Options);

            // Three convolutions and batch-norms of the backbone, the projector to 24 channels, and the classifier.
            long backbone = 1 * 3 * 9 + 3 * 6 * 9 + 6 * 12 * 9 + 2 * (3 + 6 + 12);
            long projector = 12 * 12 + 12 * 12 * 9 + 12 * 24 + 2 * (12 + 12 + 24);
            Assert.Equal(backbone + projector + 24 * 36 + 36, read.ParameterCount());
            Assert.Contains($"\"parameters\": {read.ParameterCount()}", File.ReadAllText(run.FileOf("run", ["summary.json"])),
                StringComparison.Ordinal);
        }

        Assert.True(File.Exists(run.FileOf("run", ["students", "student", "model.onnx"])));
    }

    [Fact]
    public void An_assembled_student_begins_with_the_weights_of_its_original()
    {
        using var run = new MethodRun(
            "- train: { name: student, role: part, init_from: teacher, freeze: [layer1], criteria: [cross-entropy] }\n"
            + "- compare: { models: [teacher, student], latency: false }");
        run.Run("run");
        using var scope = new TensorScope();
        IReadOnlyDictionary<string, Tensor> teacher = SafeTensors.Read(run.FileOf("run", "teacher", "model.safetensors"));
        IReadOnlyDictionary<string, Tensor> student = SafeTensors.Read(run.FileOf("run", "student", "model.safetensors"));
        Assert.Equal(teacher.Keys.Order(), student.Keys.Order());
        Assert.Equal(teacher["layer1.0.weight"].ToArray<float>(), student["layer1.0.weight"].ToArray<float>());
        Assert.NotEqual(teacher["fc.weight"].ToArray<float>(), student["fc.weight"].ToArray<float>());
        (Module read, StudentDescription description) = StudentExport.Read(run.FileOf("run", ["students", "student"]));
        using (read)
            Assert.Equal(["layer1", "layer2", "layer3", "avgpool", "flatten", "fc"],
                Assert.IsType<AssembledOptions>(description.Options).Modules);
    }

    [Fact]
    public void Stages_of_frozen_networks_leave_them_as_they_were_and_hand_their_parts_on()
    {
        using var run = new MethodRun((string)Recipes.First(r => (string)r[0] == "ft")[1]);
        run.Run("run");
        using var scope = new TensorScope();
        IReadOnlyDictionary<string, Tensor> before = SafeTensors.Read(run.FileOf("run", "teacher", "model.safetensors"));
        IReadOnlyDictionary<string, Tensor> after = SafeTensors.Read(run.FileOf("run", "paraphraser", "model.safetensors"));
        Assert.All(before, entry => Assert.True(entry.Value.Equal(after[entry.Key]), $"{entry.Key} has changed"));
        IReadOnlyDictionary<string, Tensor> left = SafeTensors.Read(run.FileOf("run", "paraphraser", "parts.safetensors"));
        IReadOnlyDictionary<string, Tensor> used = SafeTensors.Read(run.FileOf("run", "student", "parts.safetensors"));
        Assert.Equal(left["ft-paraphraser/encoder.0.weight"].ToArray<float>(), used["ft/encoder.0.weight"].ToArray<float>());
        Assert.DoesNotContain("ft/decoder.0.weight", used.Keys);
    }

    [Fact]
    public void An_auxiliary_network_of_a_teacher_begins_with_what_an_earlier_stage_trained_and_stays()
    {
        using var whole = new MethodRun(
            "- train: { name: small, role: student, criteria: [cross-entropy] }\n"
            + $"- train: {{ name: probe, {FrozenTeacher}, teachers: [small], auxiliaries: {{ a: {{ role: student, "
            + $"tap: layer3, layers: [{{ pool: 1 }}, flatten, {{ linear: 12 }}] }} }}, "
            + "criteria: [{ sp: { student_tap: 'aux:a' } }] }\n"
            + "- train: { name: student, role: student, teachers: [teacher], auxiliaries: { "
            + "a: { role: teacher, tap: layer3, parts_from: probe, layers: [{ pool: 1 }, flatten, { linear: 12 }] } }, "
            + "criteria: [cross-entropy, { sp: { teacher_tap: 'aux:a' } }] }");
        whole.Run("run");
        using var scope = new TensorScope();
        IReadOnlyDictionary<string, Tensor> left = SafeTensors.Read(whole.FileOf("run", "probe", "parts.safetensors"));
        IReadOnlyDictionary<string, Tensor> used = SafeTensors.Read(whole.FileOf("run", "student", "parts.safetensors"));
        Assert.Equal(left["aux:a/2.weight"].ToArray<float>(), used["aux:a/2.weight"].ToArray<float>());
    }

    [Theory]
    [InlineData("criteria: [{ ft: { parts_from: nobody } }]", "no train stage 'nobody' comes before this stage")]
    [InlineData("criteria: [ft]", "names no stage that has trained a paraphraser")]
    [InlineData("criteria: [sskd]", "names no stage that has trained the teacher's projection")]
    [InlineData("criteria: [ofd]", "names 0 layers")]
    [InlineData("criteria: [ab]", "names 0 layers")]
    [InlineData(
        "criteria: [{ ofd: { student_taps: [layer3.1], teacher_taps: [layer3.1], teacher_norms: [layer3.1, layer2.1] } }]",
        "names 2 batch-norms where teacher_taps names 1")]
    [InlineData("head_from: teacher, criteria: [simkd]", "classifies with a linear layer 12 → 36")]
    [InlineData("criteria: [{ sp: { student_tap: 'aux:x' } }]", "the stage has no auxiliary network 'x' of the student")]
    [InlineData(
        "auxiliaries: { x: { role: teacher, tap: layer3, layers: [flatten] } }, criteria: [{ sp: { student_tap: 'aux:x' } }]",
        "the stage has no auxiliary network 'x' of the student")]
    [InlineData("auxiliaries: { x: { role: student, tap: layer9, layers: [flatten] } }, criteria: [cross-entropy]",
        "has no module 'layer9'")]
    [InlineData("auxiliaries: { x: { role: student, tap: layer3, layers: [] } }, criteria: [cross-entropy]", "layers")]
    [InlineData(
        "auxiliaries: { x: { role: teacher, from: studnt, tap: layer3, layers: [flatten] } }, criteria: [cross-entropy]",
        "the stage has no teacher 'studnt'")]
    public void What_does_not_fit_is_said_before_anything_runs(string options, string message)
    {
        using var run = new MethodRun($"- train: {{ name: student, role: student, teachers: [teacher], {options} }}");
        Assert.Contains(run.Problems(), p => p.Contains(message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_cached_teacher_serves_auxiliary_networks_whose_taps_it_keeps()
    {
        const string Stages =
            "- cache: { name: answers, teacher: teacher, taps: [TAP] }\n"
            + "- train: { name: student, role: student, teachers: [answers], auxiliaries: { a: { role: teacher, tap: layer3, "
            + "layers: [{ pool: 1 }, flatten, { linear: 4 }] } }, criteria: [cross-entropy, { sp: { teacher_tap: 'aux:a' } }] }";
        using var kept = new MethodRun(Stages.Replace("TAP", "layer3", StringComparison.Ordinal));
        Assert.Empty(kept.Problems());
        kept.Run("run");
        using var other = new MethodRun(Stages.Replace("TAP", "layer2", StringComparison.Ordinal));
        Assert.Contains(other.Problems(), p => p.Contains("the cache 'answers' keeps no 'layer3'", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("criteria: [simkd]", "`model: grafted`")]
    [InlineData("criteria: [{ ofd: { student_taps: [layer3.1], teacher_taps: [layer3] } }]", "has no value below 0")]
    [InlineData("criteria: [{ ofd: { student_taps: [layer3.1], teacher_taps: [layer3.0] } }]", "no batch-norm stands before")]
    [InlineData("criteria: [{ ofd: { student_taps: [layer3.1], teacher_taps: [layer3.1], teacher_norms: [layer8] } }]",
        "no module 'layer8'")]
    [InlineData("criteria: [{ ofd: { student_taps: [layer3.1], teacher_taps: [layer3.1], teacher_norms: [layer3.2] } }]",
        "no weight and bias")]
    [InlineData("criteria: [{ ab: { student_taps: [layer3.1], teacher_taps: [layer3] } }]", "has no value below 0")]
    [InlineData("criteria: [{ srrl: { classifier: layer3 } }]", "is no linear layer")]
    [InlineData("criteria: [{ srrl: { teacher_tap: layer2 } }]", "reads 24 features")]
    [InlineData(
        "criteria: [{ sp: { student_tap: 'aux:x' } }], auxiliaries: { x: { role: student, tap: flatten, "
        + "layers: [{ conv: 3 }] } }", "auxiliary 'x', layer 0")]
    public void What_only_the_networks_show_is_said_in_one_sentence(string options, string message)
    {
        using var run = new MethodRun($"- train: {{ name: student, role: student, teachers: [teacher], {options} }}");
        var error = Assert.Throws<RecipeException>(() => run.Run("run"));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(run.FileOf("run", ["seed-5"])));
    }

    [Fact]
    public void Parts_that_are_not_there_or_of_another_shape_or_name_are_refused()
    {
        using var none = new MethodRun(
            "- train: { name: student, role: student, teachers: [teacher], criteria: [{ ft: { parts_from: teacher } }] }");
        var error = Assert.Throws<RunException>(() => none.Run("run"));
        Assert.True(error.IsInputWrong);
        Assert.Contains("own nothing", error.Message, StringComparison.Ordinal);
        using var shape = new MethodRun(
            $"- train: {{ name: paraphraser, {FrozenTeacher}, criteria: [{{ ft-paraphraser: {{ rate: 0.25 }} }}] }}\n"
            + "- train: { name: student, role: student, teachers: [teacher], criteria: [{ ft: { parts_from: paraphraser } }] }");
        Assert.Contains("'encoder'", Assert.Throws<RunException>(() => shape.Run("run")).Message, StringComparison.Ordinal);
        using var name = new MethodRun(
            $"- train: {{ name: head, {FrozenTeacher}, criteria: [sskd-head] }}\n"
            + "- train: { name: student, role: student, teachers: [teacher], criteria: [{ ft: { parts_from: head } }] }");
        Assert.Contains("it left: teacher_head", Assert.Throws<RunException>(() => name.Run("run")).Message,
            StringComparison.Ordinal);
    }
}
