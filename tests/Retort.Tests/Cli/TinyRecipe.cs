namespace Retort.Tests.Cli;

/// <summary>A whole distillation that takes about a second.</summary>
internal static class TinyRecipe
{
    public const string Text =
        """
        recipe: 1
        name: tiny
        seeds: [3]
        threads: 1
        data: { dataset: glyphs, train: 720, test: 144, batch_size: 48, augment: [{ random_crop: { padding: 2 } }] }
        roles:
          teacher: { model: small-cnn, width: 6, in_channels: 1, classes: 36 }
          student: { model: mlp, hidden: [16], drop_rate: 0.1, in_channels: 1, image_size: 28, classes: 36 }
        defaults:
          train: { epochs: 3, checkpoint_every: 4, evaluate_every: 0, optimizer: { sgd: { lr: 0.05 } } }
        stages:
          - train: { name: teacher, role: teacher, criteria: [cross-entropy] }
          - train: { name: student-baseline, role: student, criteria: [cross-entropy] }
          - train:
              name: student-distilled
              role: student
              teachers: [teacher]
              criteria: [{ cross-entropy: { weight: 0.1 } }, { kd: { weight: 0.9, temperature: 4 } }]
          - compare: { models: [teacher, student-baseline, student-distilled], latency: false }
        """;

    public static string Write(string folder, string text = Text)
    {
        string path = Path.Combine(folder, "recipe.yaml");
        File.WriteAllText(path, text);
        return path;
    }
}
