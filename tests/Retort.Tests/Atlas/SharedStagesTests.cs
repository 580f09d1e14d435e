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

    private static byte[] Weights(SampleAtlas atlas, string slug, string stage) =>
        File.ReadAllBytes(atlas.In($"runs/atlas/{slug}/seed-3/{stage}/model.safetensors"));
}
