using System.Diagnostics;
using System.Text.RegularExpressions;
using Retort.Tests.Data;

namespace Retort.Tests.Cli;

/// <summary>What tests ask of a recipe that is run as a user runs it.</summary>
internal static class RecipeRuns
{
    private const string RecipeFile = "recipe.yaml";

    /// <summary>Runs a recipe to its end.</summary>
    /// <param name="folder">Gets the recipe, and the run in a folder of its own.</param>
    /// <param name="recipe">The recipe's text.</param>
    /// <param name="name">The run's folder.</param>
    /// <param name="more">Further arguments.</param>
    public static void Run(TemporaryFolder folder, string recipe, string name, params string[] more)
    {
        folder.Write(RecipeFile, recipe);
        CommandResult result = CommandLine.Run(folder.Path, ["run", RecipeFile, "--out", name, "--quiet", .. more]);
        Assert.True(result.Code == 0, result.Error);
    }

    /// <summary>Runs a recipe undisturbed (<c>whole</c>), and again with kills and resumptions; both must leave the same
    /// files.</summary>
    /// <param name="folder">Gets the recipe and both runs.</param>
    /// <param name="recipe">The recipe's text.</param>
    /// <param name="files">Files of the run's folder.</param>
    /// <param name="killAfterMs">How long the run may go on each time.</param>
    public static void RequireSameBitsAfterKills(
        TemporaryFolder folder, string recipe, IReadOnlyList<string> files, params int[] killAfterMs)
    {
        Run(folder, recipe, "whole");
        RequireSameBitsAsWhole(folder, recipe, files, killAfterMs);
    }

    /// <summary>The same, where <c>whole</c> is there already.</summary>
    /// <returns>How many of the kills met a run that had not ended.</returns>
    public static int RequireSameBitsAsWhole(
        TemporaryFolder folder, string recipe, IReadOnlyList<string> files, params int[] killAfterMs)
    {
        int met = 0;
        foreach (int milliseconds in killAfterMs)
        {
            using Process process = CommandLine.Start(folder.Path, "run", RecipeFile, "--out", "broken", "--resume", "--quiet");
            Thread.Sleep(milliseconds);
            met += process.HasExited ? 0 : 1;
            process.Kill();
            process.WaitForExit();
        }

        Run(folder, recipe, "broken", "--resume");
        byte[] Left(string run, string file) => File.ReadAllBytes(Path.Combine(folder.Path, run, file));
        Assert.All(files, file => Assert.Equal(Left("whole", file), Left("broken", file)));
        return met;
    }

    /// <summary>Requires that a recipe with a part of it replaced is refused before anything runs.</summary>
    public static void RequireRefused(string recipe, string good, string bad, string expected)
    {
        string text = recipe.ReplaceLineEndings("\n");
        Assert.Contains(good, text, StringComparison.Ordinal);
        RequireRefused(text.Replace(good, bad, StringComparison.Ordinal), expected);
    }

    /// <summary>Requires that a recipe is refused before anything runs, in words for users.</summary>
    public static void RequireRefused(string recipe, string expected)
    {
        using var folder = new TemporaryFolder();
        folder.Write(RecipeFile, recipe);
        CommandResult result = CommandLine.Run(folder.Path, "run", RecipeFile, "--out", "run");
        Assert.Equal(2, result.Code);
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
        Assert.DoesNotMatch(new Regex("^   at ", RegexOptions.Multiline), result.Error);
        Assert.Empty(Directory.GetDirectories(folder.Path, "seed-*", SearchOption.AllDirectories));
    }
}
