using System.Text.Json.Nodes;
using Retort.Export;
using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Torch.Serialization;

namespace Retort.Tests.Cli;

public sealed class ExportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("retort-export-").FullName;
    private readonly TensorScope _scope = new();

    public void Dispose()
    {
        _scope.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [SkippableFact]
    public void A_stage_exports_the_student_alone_and_int8_counts_among_the_results()
    {
        Skip.IfNot(DynamicQuantization.IsSupported, "This libtorch has no int8 kernels for this processor.");
        string recipe = TinyRecipe.Write(_folder, TinyRecipe.Text.Replace(
            "  - compare:", "  - export: { model: student-distilled, formats: [safetensors, onnx, torchscript, int8] }\n  - "
                + "compare:", StringComparison.Ordinal)
            .Replace("seeds: [3]", "seeds: [3, 4]", StringComparison.Ordinal));
        CommandResult result = CommandLine.Run(_folder, "run", recipe, "--out", "run", "--quiet");
        Assert.True(result.Code == 0, result.Error);
        string student = Path.Combine(_folder, "run", "students", "student-distilled");
        Assert.Equal(
            ["README.md", "config.json", "model.int8.safetensors", "model.onnx", "model.safetensors", "model.ts.pt"],
            Directory.GetFiles(student).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(
            SafeTensors.Read(Path.Combine(_folder, "run", "seed-3", "student-distilled", "model.safetensors")).Keys,
            SafeTensors.Read(Path.Combine(student, "model.safetensors")).Keys);

        JsonArray results = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "run", "summary.json")))!["results"]!.AsArray();
        double[] Values(string name) =>
            [.. results.Single(r => (string?)r!["name"] == name && (string?)r["metric"] == "accuracy")!["values"]!
            .AsArray().Select(v => (double)v!)];
        Assert.Equal(2, Values("student-distilled-int8").Length);
        Assert.Equal(Values("student-distilled")[0], Values("student-distilled-int8")[0], 0.05);
        string card = File.ReadAllText(Path.Combine(student, "README.md"));
        Assert.Contains("| accuracy on test | ", card, StringComparison.Ordinal);
        Assert.Contains("| Milliseconds at batch 128, p50 / p95 | ", card, StringComparison.Ordinal);
        Assert.Contains("| student-baseline | test | accuracy | ", card, StringComparison.Ordinal);
        RequireAgreement(student);
    }

    [Fact]
    public void What_reads_tokens_is_not_to_be_traced_on_numbers_and_the_recipe_says_so_before_it_runs()
    {
        File.WriteAllText(Path.Combine(_folder, "input.txt"), string.Concat(Enumerable.Repeat("to be or not to be. ", 60)));
        string recipe = TinyRecipe.Write(_folder,
            $$"""
            recipe: 1
            name: text
            threads: 1
            data: { dataset: text, root: {{_folder}}, length: 12, batch_size: 8 }
            roles:
              student: { model: gpt, context: 12, width: 8, depth: 1, heads: 2 }
            stages:
              - train: { name: student, role: student, criteria: [cross-entropy], epochs: 1, evaluate_every: 0 }
              - export: { model: student, formats: [safetensors, onnx] }
            """);
        CommandResult refused = CommandLine.Run(_folder, "run", recipe, "--out", "run", "--quiet");
        Assert.Equal(2, refused.Code);
        Assert.Contains(
            "'student' reads tokens, and it takes a model that reads numbers to write onnx", refused.Error, StringComparison.Ordinal);
        Assert.Contains("formats: [safetensors]", refused.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_folder, "run", "seed-0")));

        File.WriteAllText(recipe, File.ReadAllText(recipe).Replace(", onnx", string.Empty, StringComparison.Ordinal));
        CommandResult result = CommandLine.Run(_folder, "run", recipe, "--out", "run", "--quiet");
        Assert.True(result.Code == 0, result.Error);
        string student = Path.Combine("run", "students", "student");
        CommandResult later = CommandLine.Run(_folder, "export", student, "--formats", "torchscript");
        Assert.NotEqual(0, later.Code);
        Assert.Contains(
            "with which it is traced for ONNX and TorchScript; write safetensors alone", later.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_finished_run_and_a_folder_of_its_own_are_exported_by_the_command()
    {
        Skip.IfNot(DynamicQuantization.IsSupported, "This libtorch has no int8 kernels for this processor.");
        string recipe = TinyRecipe.Write(_folder);
        Assert.Equal(0, CommandLine.Run(_folder, "run", recipe, "--out", "run", "--quiet").Code);
        CommandResult run = CommandLine.Run(_folder, "export", "run", "--formats", "torchscript,int8", "--out", "out");
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains("int8: accuracy 0.", run.Output, StringComparison.Ordinal);
        Assert.Contains("model.ts.pt", run.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_folder, "out", "model.onnx")));
        RequireAgreement(Path.Combine(_folder, "out"));
        string card = File.ReadAllText(Path.Combine(_folder, "out", "README.md"));

        CommandResult alone = CommandLine.Run(_folder, "export", "out", "--formats", "onnx");
        Assert.True(alone.Code == 0, alone.Error);
        Assert.Equal(["README.md", "config.json", "model.onnx", "model.safetensors"],
            Directory.GetFiles(Path.Combine(_folder, "out")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        string renewed = File.ReadAllText(Path.Combine(_folder, "out", "README.md"));
        Assert.Equal(card.Split("\n## Int8")[0].TrimEnd(), renewed.Split("\n## Use")[0].TrimEnd());
        Assert.Contains("onnxruntime", renewed, StringComparison.Ordinal);

        CommandResult other =
            CommandLine.Run(_folder, "export", "run", "--model", "student-baseline", "--formats", "safetensors");
        Assert.True(other.Code == 0, other.Error);
        Assert.True(File.Exists(Path.Combine(_folder, "run", "students", "student-baseline", "config.json")));
        RequireClear(CommandLine.Run(_folder, "export", "run", "--model", "student-bseline"), "nearest: student-baseline");
    }

    [Fact]
    public void What_cannot_be_exported_is_said()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "empty"));
        RequireClear(CommandLine.Run(_folder, "export", "nothing"), "'nothing' is no folder");
        RequireClear(CommandLine.Run(_folder, "export", "empty"), "neither a run");
        RequireClear(CommandLine.Run(_folder, "export", "empty", "--formats", "onx"), "nearest: onnx");
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_folder, "empty")));
    }

    private static void RequireAgreement(string folder)
    {
        (Module module, StudentDescription description) = StudentExport.Read(folder);
        (Module rounded, _) = StudentExport.ReadInt8(folder);
        using (module)
        using (rounded)
        using (ScriptModule script = ScriptModule.Load(Path.Combine(folder, "model.ts.pt")))
        {
            Tensor x = Tensor.Randn(new Generator(2), [5, .. description.InputShape]);
            using GradMode off = Autograd.NoGrad();
            Tensor expected = module.Call(x);
            Assert.InRange((expected - script.Call(x)[0]).Abs().Max().ToDouble(), 0, 1e-5);
            Assert.InRange((expected - rounded.Call(x)).Abs().Max().ToDouble(), 1e-9, 0.05 * expected.Abs().Max().ToDouble());
        }
    }

    private static void RequireClear(CommandResult result, string said)
    {
        Assert.True(result.Code == 2, $"exit {result.Code}: {result.Error}");
        Assert.Contains(said, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }
}
