using System.Text.Json.Nodes;
using Retort.Export;
using Retort.Models.Vision;
using Retort.Reports;
using Retort.Tests.Data;
using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Torch.Serialization;

namespace Retort.Tests.Export;

[Collection("default generator")]
public sealed class StudentExportTests : IDisposable
{
    private static readonly StudentDescription Description = new()
    {
        Name = "student-distilled",
        Model = "vit-tiny",
        Options = new VisionTransformerOptions
        {
            InChannels = 1,
            ImageSize = 8,
            PatchSize = 4,
            Width = 8,
            Depth = 1,
            Heads = 2,
            Classes = 3,
            Pooling = TokenPooling.Average,
        },
        InputShape = [1, 8, 8],
        Mean = [0.5],
        StandardDeviation = [0.25],
        Labels = ["cat", "dog", "a | b"],
    };

    private readonly TemporaryFolder _folder = new();
    private readonly TensorScope _scope = new();
    private readonly Module _module = Description.Options.Build();

    private string Target => Path.Combine(_folder.Path, "student");

    [Fact]
    public void A_folder_read_back_gives_the_same_model()
    {
        StudentExport.Write(Target, _module, Description, new ModelCard(), new StudentExportOptions { TorchScript = true });
        Assert.Equal(
            ["README.md", "config.json", "model.onnx", "model.safetensors", "model.ts.pt"],
            Directory.GetFiles(Target).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        (Module read, StudentDescription description) = StudentExport.Read(Target);
        using (read)
        {
            _module.Eval();
            Tensor x = Tensor.Randn(new Generator(1), 2, 1, 8, 8);
            Assert.Equal(_module.Call(x).ToArray<float>(), read.Call(x).ToArray<float>());
            using ScriptModule script = ScriptModule.Load(Path.Combine(Target, "model.ts.pt"));
            Assert.Equal(_module.Call(x).ToArray<float>(), script.Call(x)[0].ToArray<float>());
        }
        Assert.Equal(Description.Options, description.Options);
        Assert.Equal(Description.Labels, description.Labels);
        Assert.Equal(Description.Mean, description.Mean);
        Assert.Equal(Description.InputShape, description.InputShape);
        Assert.Equal(["input[batch, 1, 8, 8]"], OnnxFile.Read(Path.Combine(Target, "model.onnx")).Inputs);
        Assert.Equal(["logits[batch, 3]"], OnnxFile.Read(Path.Combine(Target, "model.onnx")).Outputs);
    }

    [SkippableFact]
    public void PyTorch_loads_the_TorchScript_file_with_the_parameters_under_their_names_and_agrees()
    {
        StudentExport.Write(Target, _module, Description, new ModelCard(), new StudentExportOptions { TorchScript = true });
        _module.Eval();
        Tensor x = Tensor.Randn(new Generator(3), 3, 1, 8, 8);
        File.WriteAllBytes(Path.Combine(_folder.Path, "x.bin"),
            System.Runtime.InteropServices.MemoryMarshal.AsBytes(x.ToArray<float>().AsSpan()).ToArray());
        string[] lines = Torch.PythonTorch.Run(
            """
            import sys, numpy, torch
            script = torch.jit.load(sys.argv[1])
            x = torch.from_numpy(numpy.fromfile(sys.argv[2], numpy.float32).reshape(3, 1, 8, 8))
            print(" ".join(sorted(name for name, _ in script.named_parameters())))
            print(" ".join(repr(float(v)) for v in script(x).flatten()))
            """,
            Path.Combine(Target, "model.ts.pt"), Path.Combine(_folder.Path, "x.bin")).Trim().Split('\n');
        Assert.Equal(string.Join(' ', _module.NamedParameters().Select(p => p.Key).Order(StringComparer.Ordinal)), lines[0]);
        float[] found = [.. lines[1].Split(' ').Select(v => float.Parse(v, System.Globalization.CultureInfo.InvariantCulture))];
        float[] expected = _module.Call(x).ToArray<float>();
        Assert.Equal(expected.Length, found.Length);
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
    }

    [SkippableFact]
    public void Int8_weights_read_back_give_the_very_outputs_of_the_rounded_model()
    {
        Skip.IfNot(DynamicQuantization.IsSupported, "This libtorch has no int8 kernels for this processor.");
        StudentExport.Write(Target, _module, Description, new ModelCard(), new StudentExportOptions { Int8 = true });
        (Module read, _) = StudentExport.ReadInt8(Target);
        using (read)
        {
            Tensor x = Tensor.Randn(new Generator(1), 2, 1, 8, 8);
            _module.Eval();
            Assert.NotEmpty(DynamicQuantization.Apply(_module));
            float[] expected = _module.Call(x).ToArray<float>(), found = read.Call(x).ToArray<float>();
            Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
        }

        SafeTensors.Write(Path.Combine(Target, "model.int8.safetensors"), [new("head.weight_int8", Tensor.Ones(3, 8))], null);
        Assert.Contains("scale is missing",
            Assert.Throws<StudentFolderException>(() => StudentExport.ReadInt8(Target)).Message, StringComparison.Ordinal);
        File.Delete(Path.Combine(Target, "model.int8.safetensors"));
        Assert.Contains("int8", Assert.Throws<StudentFolderException>(() => StudentExport.ReadInt8(Target)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_card_states_the_facts_and_escapes_them()
    {
        StudentExport.Write(Target, _module, Description, new ModelCard
        {
            Summary = "Sorts pets.",
            Method = "kd (Hinton et al., 2015)",
            Results = [new("student-distilled", "test", "accuracy", 0.91234, 0.004, 3)],
            Cost = new ModelProfile(1234, 5678, 9999, [new LatencySummary(1, 0.5, 0.75)]),
            Recipe = "name: x\nnote: \"```\"\n",
        });
        string card = File.ReadAllText(Path.Combine(Target, "README.md"));
        Assert.Contains("# student-distilled\n\nSorts pets.\n", card, StringComparison.Ordinal);
        Assert.Contains("| student-distilled | test | accuracy | 0.91234 | 0.004 | 3 |", card, StringComparison.Ordinal);
        Assert.Contains("3: cat, dog, a \\| b", card, StringComparison.Ordinal);
        Assert.Contains("| Multiply-accumulates a sample | 5678 |", card, StringComparison.Ordinal);
        Assert.Contains("| Milliseconds at batch 1, p50 / p95 | 0.5 / 0.75 |", card, StringComparison.Ordinal);
        Assert.Contains("x = numpy.zeros((1, 1, 8, 8), numpy.float32)", card, StringComparison.Ordinal);
        Assert.Contains("{\"input\": x}", card, StringComparison.Ordinal);
        Assert.Contains("````yaml\nname: x\nnote: \"```\"\n````\n", card, StringComparison.Ordinal);
        Assert.DoesNotContain("Teacher", card, StringComparison.Ordinal);
    }

    [Fact]
    public void An_earlier_model_folder_is_replaced_and_nothing_is_left_beside_it()
    {
        StudentExport.Write(Target, _module, Description, new ModelCard());
        File.WriteAllText(Path.Combine(Target, "stale"), "");
        StudentExport.Write(Target, _module, Description, new ModelCard(), new StudentExportOptions { Onnx = false });
        Assert.Equal(["README.md", "config.json", "model.safetensors"], Directory.GetFiles(Target).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal([Target], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Another_folder_is_left_alone()
    {
        _folder.Write("student/thesis.tex", "years of work");
        Assert.Throws<StudentFolderException>(() => StudentExport.Write(Target, _module, Description, new ModelCard()));
        Assert.Equal("years of work", File.ReadAllText(Path.Combine(Target, "thesis.tex")));
    }

    [Fact]
    public void A_model_that_cannot_be_exported_leaves_no_folder()
    {
        using var module = new Probe(x => (Tensor)new Operator("aten::det").Call(x.Flatten(2).MatMul(x.Flatten(2).Transpose(1, 2)))[0]!);
        Assert.Throws<ExportException>(() => StudentExport.Write(Target, module, Description, new ModelCard()));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData("model", "\"no-such-model\"", "there is no model 'no-such-model'")]
    [InlineData("options", "{\"widht\": 3}", "widht")]
    [InlineData("options", "{\"heads\": 3, \"width\": 8}", "make no vit-tiny")]
    [InlineData("options", "null", "'options' is null")]
    [InlineData("input_shape", "\"wide\"", "no configuration")]
    [InlineData("retort", "2", "version 2")]
    public void A_configuration_that_is_wrong_is_refused_in_words(string key, string value, string expected)
    {
        StudentExport.Write(Target, _module, Description, new ModelCard(), new StudentExportOptions { Onnx = false });
        string path = Path.Combine(Target, "config.json");
        JsonObject configuration = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        configuration[key] = JsonNode.Parse(value);
        File.WriteAllText(path, configuration.ToJsonString());
        var error = Assert.Throws<StudentFolderException>(() => StudentExport.Read(Target));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_that_do_not_fit_are_refused_in_words()
    {
        StudentExport.Write(Target, _module, Description, new ModelCard(), new StudentExportOptions { Onnx = false });
        SafeTensors.Write(Path.Combine(Target, "model.safetensors"), [new("head.weight", Tensor.Ones(3, 8))], null);
        var error = Assert.Throws<StudentFolderException>(() => StudentExport.Read(Target));
        Assert.Contains("missing", error.Message, StringComparison.Ordinal);
        File.WriteAllBytes(Path.Combine(Target, "model.safetensors"), [1, 2, 3]);
        Assert.Throws<StudentFolderException>(() => StudentExport.Read(Target));
    }

    [Fact]
    public void A_folder_without_a_model_is_refused_in_words() =>
        Assert.Contains("config.json", Assert.Throws<StudentFolderException>(() => StudentExport.Read(_folder.Path)).Message, StringComparison.Ordinal);

    public void Dispose()
    {
        _module.Dispose();
        _scope.Dispose();
        _folder.Dispose();
    }
}
