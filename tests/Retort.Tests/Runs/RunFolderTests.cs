using Retort.Runs;
using Retort.Tests.Data;

namespace Retort.Tests.Runs;

public sealed class RunFolderTests
{
    [Theory]
    [InlineData(".lock"), InlineData(".writable"), InlineData("recipe.yaml.tmp")]
    public void What_a_run_leaves_that_was_killed_at_once_does_not_stop_the_next(string file)
    {
        using var folder = new TemporaryFolder();
        folder.Write(file, string.Empty);
        Assert.Equal(folder.Path, new RunFolder(folder.Path).Path);
    }

    [Fact]
    public void Somebody_else_s_files_do()
    {
        using var folder = new TemporaryFolder();
        folder.Write("notes.txt", "mine");
        RunException error = Assert.Throws<RunException>(() => new RunFolder(folder.Path));
        Assert.Contains("holds files but no run", error.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(folder.Path, "notes.txt")));
    }
}
