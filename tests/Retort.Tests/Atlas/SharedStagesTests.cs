using Retort.Atlas;
using Retort.Tests.Cli;

namespace Retort.Tests.Atlas;

public sealed class SharedStagesTests
{
    [Fact]
    public void Two_entries_train_a_common_teacher_once()
    {
        using var atlas = new SampleAtlas();
        Directory.CreateDirectory(atlas.In("atlas/at"));
        File.Copy(atlas.In("atlas/kd/claim.yaml"), atlas.In("atlas/at/claim.yaml"));
        File.WriteAllText(
            atlas.In("atlas/at/recipe.yaml"),
            File.ReadAllText(atlas.In("atlas/kd/recipe.yaml")).Replace("temperature: 4", "temperature: 2", StringComparison.Ordinal));
        CommandResult first = atlas.Run("run", "kd"), second = atlas.Run("run", "at");
        Assert.DoesNotContain("unchanged, used again", first.Error, StringComparison.Ordinal);
        Assert.Contains("teacher (seed 3) unchanged, used again", second.Error, StringComparison.Ordinal);
        Assert.Contains("student-baseline (seed 3) unchanged, used again", second.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("student-distilled (seed 3) unchanged", second.Error, StringComparison.Ordinal);
        Assert.Equal(Weights(atlas, "kd", "teacher"), Weights(atlas, "at", "teacher"));
        Assert.NotEqual(Weights(atlas, "kd", "student-distilled"), Weights(atlas, "at", "student-distilled"));
    }

    [Fact]
    public void Seeds_side_by_side_give_the_bits_of_one_after_the_other()
    {
        using var beside = new SampleAtlas();
        using var after = new SampleAtlas();
        CommandResult two = beside.Run("run", "kd", "--seeds", "3,8,9", "--jobs", "2");
        CommandResult one = after.Run("run", "kd", "--seeds", "3,8,9", "--jobs", "1");
        Assert.True(two.Code == 0, two.Error);
        Assert.True(one.Code == 0, one.Error);
        Assert.Equal(Figures(one), Figures(two));
        string[] folders = [.. Directory.EnumerateDirectories(beside.In("runs/atlas")).Select(f => Path.GetFileName(f)!)];
        Assert.Equal(["kd-3-8-9"], folders);
        foreach (string seed in new[] { "seed-8", "seed-9" })
        {
            string model = $"runs/atlas/kd-3-8-9/{seed}/student-distilled/model.safetensors";
            Assert.Equal(File.ReadAllBytes(after.In(model)), File.ReadAllBytes(beside.In(model)));
        }
    }

    [Theory]
    [InlineData(2, 9), InlineData(3, 6), InlineData(1, 15)]
    public void Each_begins_as_soon_as_one_is_free(int jobs, double expected) =>
        Assert.Equal(expected, AtlasRun.Makespan([5, 1, 2, 3, 4], jobs));

    private static string Figures(CommandResult run) =>
        string.Join('\n', run.Output.Split('\n').Where(line => line.StartsWith("  yes", StringComparison.Ordinal)));

    private static byte[] Weights(SampleAtlas atlas, string slug, string stage) =>
        File.ReadAllBytes(atlas.In($"runs/atlas/{slug}/seed-3/{stage}/model.safetensors"));
}
