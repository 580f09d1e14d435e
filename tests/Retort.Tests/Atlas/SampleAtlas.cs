using Retort.Tests.Cli;
using Retort.Tests.Data;

namespace Retort.Tests.Atlas;

/// <summary>An atlas of one entry whose recipe takes about a second.</summary>
internal sealed class SampleAtlas : IDisposable
{
    public const string Claim =
        """
        atlas: 1
        method: kd
        claim: Distillation helps on drawn characters.
        settings: Nothing was tuned.
        inequalities:
          - { figure: student-distilled/accuracy, above: student-baseline/accuracy, by: -1 }
          - { figure: teacher/accuracy, at_least: 0.001 }
        searches:
          - { stage: student-distilled, set: stages.student-distilled.criteria.kd.temperature, values: [2, 4], seeds: [7] }

        """;

    private readonly TemporaryFolder _folder = new();

    public SampleAtlas(string claim = Claim, string? recipe = null)
    {
        _folder.Write("atlas/kd/claim.yaml", claim);
        _folder.Write("atlas/kd/recipe.yaml", (recipe ?? TinyRecipe.Text)
            .Replace("batch_size: 48", "validation: 0.1, batch_size: 48", StringComparison.Ordinal));
    }

    /// <summary>The folder that holds the atlas.</summary>
    public string Path => _folder.Path;

    public string Root => In("atlas");

    public string In(string path) => System.IO.Path.Combine(Path, path);

    public CommandResult Run(params string[] arguments) => CommandLine.Run(Path, ["atlas", .. arguments, "--root", Root]);

    public void Dispose() => _folder.Dispose();
}
