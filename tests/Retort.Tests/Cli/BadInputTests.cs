namespace Retort.Tests.Cli;

public sealed class BadInputTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("retort-bad-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("epochs: 3", "epocs: 3", "nearest: epochs")]
    [InlineData("epochs: 3", "epochs: three", "epochs")]
    [InlineData("epochs: 3", "epochs: -3", "epochs")]
    [InlineData("model: mlp", "model: mpl", "nearest: mlp")]
    [InlineData("role: student, criteria", "role: studnet, criteria", "nearest: student")]
    [InlineData("teachers: [teacher]", "teachers: [teachr]", "nearest: teacher")]
    [InlineData("dataset: glyphs, train: 720, test: 144", "dataset: idx, root: nowhere", "train-images-idx3-ubyte")]
    [InlineData("classes: 36 }\ndefaults", "classes: 10 }\ndefaults", "36")]
    [InlineData("kd: { weight", "kdd: { weight", "nearest: kd")]
    [InlineData("recipe: 1", "recipe: 7", "recipe: 1")]
    [InlineData("stages:", "stages: [", "recipe.yaml")]
    public void A_broken_recipe_is_explained_and_nothing_is_run(string right, string wrong, string said)
    {
        Assert.Contains(right, TinyRecipe.Text, StringComparison.Ordinal);
        string recipe = TinyRecipe.Write(_folder, TinyRecipe.Text.Replace(right, wrong, StringComparison.Ordinal));
        CommandResult result = CommandLine.Run(_folder, "run", recipe, "--out", "run");
        RequireClear(result, 2, said);
        Assert.False(File.Exists(Path.Combine(_folder, "run", "summary.json")));
    }

    [Fact]
    public void A_tap_that_names_no_module_is_explained_in_place()
    {
        string recipe = TinyRecipe.Write(_folder, TinyRecipe.Text.Replace(
            "{ kd: { weight: 0.9, temperature: 4 } }", "{ sp: { student_tap: layer9, teacher_tap: last-feature } }", StringComparison.Ordinal));
        CommandResult result = CommandLine.Run(_folder, "run", recipe, "--out", "run");
        RequireClear(result, 2, "has no module 'layer9'");
        Assert.Contains("R1310", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_recipe_is_named() => RequireClear(CommandLine.Run(_folder, "run", "nothing.yaml"), 2, "nothing.yaml");

    [Fact]
    public void A_run_that_diverges_says_so_and_ends_with_1()
    {
        string recipe = TinyRecipe.Write(_folder, TinyRecipe.Text.Replace("lr: 0.05", "lr: 1e30", StringComparison.Ordinal));
        RequireClear(CommandLine.Run(_folder, "run", recipe, "--out", "run"), 1, "diverged");
        Assert.False(File.Exists(Path.Combine(_folder, "run", "seed-3", "teacher", "model.safetensors")));
    }

    [Fact]
    public void A_file_in_the_place_of_the_output_folder_is_left_alone()
    {
        File.WriteAllText(Path.Combine(_folder, "taken"), "mine");
        RequireClear(CommandLine.Run(_folder, "run", TinyRecipe.Write(_folder), "--out", "taken"), 2, "taken");
        Assert.Equal("mine", File.ReadAllText(Path.Combine(_folder, "taken")));
    }

    [Fact]
    public void A_folder_with_other_files_is_left_alone()
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder, "mine")).FullName;
        File.WriteAllText(Path.Combine(folder, "thesis.txt"), "mine");
        RequireClear(CommandLine.Run(_folder, "run", TinyRecipe.Write(_folder), "--out", "mine"), 2, "no run");
        Assert.Single(Directory.GetFileSystemEntries(folder));
    }

    [SkippableFact]
    public void A_full_disk_is_named_and_nothing_is_half_written()
    {
        Skip.IfNot(Directory.Exists("/dev/shm") && Environment.UserName == "root", "a small file system can only be mounted by root.");
        string mount = Directory.CreateDirectory(Path.Combine(_folder, "small")).FullName;
        using (var made = System.Diagnostics.Process.Start("mount", ["-t", "tmpfs", "-o", "size=48k", "tmpfs", mount])!)
        {
            made.WaitForExit();
            Skip.If(made.ExitCode != 0, "a small file system cannot be mounted here.");
        }

        try
        {
            CommandResult result = CommandLine.Run(_folder, "run", TinyRecipe.Write(_folder), "--out", Path.Combine(mount, "run"));
            RequireClear(result, 2, "space");
            Assert.Empty(Directory.GetFiles(mount, "model.safetensors", SearchOption.AllDirectories));
        }
        finally
        {
            System.Diagnostics.Process.Start("umount", [mount])!.WaitForExit();
        }
    }

    [Fact]
    public void Hostile_weights_are_refused()
    {
        File.WriteAllBytes(Path.Combine(_folder, "evil.safetensors"), [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0x7B]);
        string recipe = TinyRecipe.Write(_folder, TinyRecipe.Text.Replace("width: 6,", "width: 6, weights: evil.safetensors,", StringComparison.Ordinal));
        RequireClear(CommandLine.Run(_folder, "run", recipe, "--out", "run"), 2, "evil.safetensors");
    }

    [Fact]
    public void An_unknown_command_or_option_is_explained()
    {
        RequireClear(CommandLine.Run(_folder, "rum"), 2, "rum");
        RequireClear(CommandLine.Run(_folder, "run", "x.yaml", "--outt", "y"), 2, "--outt");
    }

    private static void RequireClear(CommandResult result, int code, string said)
    {
        Assert.True(result.Code == code, $"exit {result.Code}, expected {code}: {result.Error}");
        Assert.Contains(said, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("fault of Retort's", result.Error, StringComparison.Ordinal);
    }
}
