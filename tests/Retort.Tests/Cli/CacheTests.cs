using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Retort.Recipes;
using Retort.Runs;

namespace Retort.Tests.Cli;

public sealed class CacheTests : IDisposable
{
    private const string Hints = "criteria: [{ cross-entropy: { weight: 0.1 } }, { kd: { weight: 0.9, temperature: 4 } }]";

    private const string Text =
        $$"""
        recipe: 1
        name: tiny
        seeds: [3, 4]
        threads: 1
        data: { dataset: glyphs, train: 720, test: 144, batch_size: 48, augment: [{ random_crop: { padding: 2 } }] }
        roles:
          teacher: { model: small-cnn, width: 6, in_channels: 1, classes: 36 }
          student: { model: mlp, hidden: [16], drop_rate: 0.1, in_channels: 1, image_size: 28, classes: 36 }
          plain: { model: mlp, hidden: [16], in_channels: 1, image_size: 28, classes: 36 }
        defaults:
          train: { epochs: 3, checkpoint_every: 4, evaluate_every: 0, optimizer: { sgd: { lr: 0.05 } } }
        stages:
          - train: { name: teacher, role: teacher, criteria: [cross-entropy], once: true }
          - cache: { name: teacher-outputs, teacher: teacher, epochs: 3, precision: float32 }
          - cache: { name: best-five, teacher: teacher, epochs: 2, top_k: 5, once: true }
          - train: { name: student-live, role: plain, teachers: [teacher], {{Hints}} }
          - train: { name: student-cached, role: plain, teachers: [teacher-outputs], {{Hints}} }
          - train: { name: student-five, role: student, teachers: [best-five], augment_epochs: 2, {{Hints}} }
          - compare: { models: [teacher, student-live, student-cached], latency: false }
        """;

    private static readonly string[] Students = ["student-live", "student-cached", "student-five"];
    private readonly string _folder = Directory.CreateTempSubdirectory("retort-cache-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Killed_at_random_moments_and_resumed_students_of_cached_teachers_have_the_same_bits()
    {
        string recipe = TinyRecipe.Write(_folder, Text);
        long begin = Stopwatch.GetTimestamp();
        CommandResult whole = CommandLine.Run(_folder, "run", recipe, "--out", "whole", "--quiet");
        Assert.True(whole.Code == 0, whole.Error);
        double seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;

        var random = new Random(21);
        for (int kill = 0; kill < 6; kill++)
        {
            using Process process = CommandLine.Start(_folder, "run", recipe, "--out", "broken", "--resume", "--quiet");
            process.OutputDataReceived += (_, _) => { };
            process.ErrorDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            Thread.Sleep(TimeSpan.FromSeconds(seconds * (0.2 + 0.6 * random.NextDouble())));
            process.Kill();
            process.WaitForExit();
        }

        CommandResult last = CommandLine.Run(_folder, "run", recipe, "--out", "broken", "--resume", "--quiet");
        Assert.True(last.Code == 0, last.Error);
        foreach (string file in Students.SelectMany(
            s => new[] { $"seed-3/{s}/model.safetensors", $"seed-4/{s}/model.safetensors" })
            .Append("seed-3/teacher-outputs/outputs/index.json"))
            Assert.Equal(Digest("whole", file), Digest("broken", file));

        // In float32 a cache stands for its teacher bit for bit. (Without dropout, whose seed depends on the stage's name.)
        Assert.Equal(Digest("whole", "seed-4/student-live/model.safetensors"),
            Digest("whole", "seed-4/student-cached/model.safetensors"));
        JsonNode summary = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "whole", "summary.json")))!;
        Assert.Single(summary["results"]!.AsArray(), r => (string?)r!["name"] == "teacher" && (string?)r["metric"] == "accuracy");
        Assert.Single(summary["models"]!.AsArray(), m => (string?)m!["name"] == "teacher");
    }

    [Fact]
    public void Parts_that_terms_own_begin_alike_whether_the_teacher_is_asked_or_its_answers_are_read()
    {
        const string criteria = "criteria: [cross-entropy, { fitnets: { student_tap: layer2, teacher_tap: layer2, weight: 1 } }]";
        string recipe = TinyRecipe.Write(_folder,
            $$"""
            recipe: 1
            name: parts
            seeds: [3]
            threads: 1
            data: { dataset: glyphs, train: 144, test: 36, batch_size: 48 }
            roles:
              teacher: { model: small-cnn, width: 6, in_channels: 1, classes: 36 }
              student: { model: small-cnn, width: 3, in_channels: 1, classes: 36 }
            defaults:
              train: { epochs: 2, evaluate_every: 0, optimizer: { sgd: { lr: 0.05 } } }
            stages:
              - train: { name: teacher, role: teacher, criteria: [cross-entropy] }
              - cache: { name: teacher-outputs, teacher: teacher, precision: float32, taps: [layer2] }
              - train: { name: live, role: student, teachers: [teacher], {{criteria}} }
              - train: { name: cached, role: student, teachers: [teacher-outputs], {{criteria}} }
              - compare: { models: [live, cached], latency: false }
            """);
        CommandResult run = CommandLine.Run(_folder, "run", recipe, "--out", "whole", "--quiet");
        Assert.True(run.Code == 0, run.Error);
        Assert.Equal(Digest("whole", "seed-3/live/parts.safetensors"), Digest("whole", "seed-3/cached/parts.safetensors"));
        Assert.Equal(Digest("whole", "seed-3/live/model.safetensors"), Digest("whole", "seed-3/cached/model.safetensors"));
    }

    [Fact]
    public void A_damaged_cache_is_named_and_asked_again_once_it_is_deleted()
    {
        string recipe = TinyRecipe.Write(_folder, Text);
        string[] arguments = ["run", recipe, "--out", "run", "--quiet", "--seed", "3", "--resume"];
        Assert.Equal(0, CommandLine.Run(_folder, arguments).Code);
        string stage = Path.Combine(_folder, "run", "seed-3", "teacher-outputs");
        string file = Directory.GetFiles(Path.Combine(stage, "outputs"), "epoch-1-*.safetensors").Single();
        string before = Digest("run", "seed-3/student-cached/model.safetensors");
        byte[] bytes = File.ReadAllBytes(file);
        bytes[^5] ^= 1;
        File.WriteAllBytes(file, bytes);
        Directory.Delete(Path.Combine(_folder, "run", "seed-3", "student-cached"), recursive: true);
        CommandResult refused = CommandLine.Run(_folder, arguments);
        Assert.Equal(2, refused.Code);
        Assert.Contains(file, refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", refused.Error, StringComparison.Ordinal);
        Directory.Delete(stage, recursive: true);
        CommandResult again = CommandLine.Run(_folder, arguments);
        Assert.True(again.Code == 0, again.Error);
        Assert.Equal(before, Digest("run", "seed-3/student-cached/model.safetensors"));
    }

    [SkippableFact]
    public void A_cache_that_the_disk_has_no_room_for_is_not_begun()
    {
        Skip.IfNot(Directory.Exists("/dev/shm") && Environment.UserName == "root",
            "a small file system can only be mounted by root.");
        string mount = Directory.CreateDirectory(Path.Combine(_folder, "small")).FullName;
        using (Process made = Process.Start("mount", ["-t", "tmpfs", "-o", "size=100k", "tmpfs", mount])!)
        {
            made.WaitForExit();
            Skip.If(made.ExitCode != 0, "a small file system cannot be mounted here.");
        }

        try
        {
            string recipe = TinyRecipe.Write(
                _folder, Text.Replace("precision: float32", $"folder: {mount}/cache", StringComparison.Ordinal));
            CommandResult result = CommandLine.Run(_folder, "run", recipe, "--out", "run", "--quiet");
            Assert.Equal(2, result.Code);
            Assert.Contains("MiB free", result.Error, StringComparison.Ordinal);
            Assert.Empty(Directory.GetFiles(mount, "*", SearchOption.AllDirectories));
        }
        finally
        {
            Process.Start("umount", [mount])!.WaitForExit();
        }
    }

    [Theory]
    [InlineData("epochs: 2, top_k: 5", "epochs: 1, top_k: 5",
        "shows 2 epochs of augmentation, and the teacher of 'best-five' saw 1")]
    [InlineData("teachers: [best-five], augment_epochs: 2", "teachers: [best-five]", "augment_epochs: 2")]
    [InlineData("teachers: [best-five]", "teachers: [best-fife]", "nearest: best-five")]
    [InlineData("models: [teacher,", "models: [best-five,", "nothing called 'best-five' is trained")]
    [InlineData("teachers: [best-five], augment_epochs: 2, criteria: [",
        "teachers: [best-five], augment_epochs: 2, criteria: [sp, ", "taps: [last-stage]")]
    [InlineData("top_k: 5, once", "taps: [layer9], once", "no module 'layer9'")]
    [InlineData("train: { name: student-five,",
        "train: { name: student-five, data: { dataset: glyphs, train: 720, test: 144 },", "the same `data:` in both")]
    [InlineData("augment: [{ random_crop: { padding: 2 } }]", "augment: []", "epochs: 1")]
    [InlineData("augment: [{ random_crop: { padding: 2 } }]", "sampling: balanced, augment: [mixup]", "mixed with others")]
    public void What_a_cache_could_not_answer_is_said_before_anything_runs(string right, string wrong, string said)
    {
        Assert.Contains(right, Text, StringComparison.Ordinal);
        var document = RecipeDocument.Parse(Text.Replace(right, wrong, StringComparison.Ordinal));
        (RecipePlan plan, Binding<Recipe> binding) =
            Runner.Check(document, RetortCatalog.Default);
        using (plan)
            Assert.Contains(said, Assert.Throws<RecipeException>(binding.ThrowIfWrong).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void As_it_stands_the_recipe_is_right()
    {
        (RecipePlan plan, Binding<Recipe> binding) =
            Runner.Check(RecipeDocument.Parse(Text), RetortCatalog.Default);
        using (plan)
            Assert.Empty(binding.Errors);
    }

    private string Digest(string run, string file) =>
        Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Path.Combine(_folder, run, file))));
}
