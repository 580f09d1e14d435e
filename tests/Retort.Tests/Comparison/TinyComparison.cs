namespace Retort.Tests.Comparison;

/// <summary>A recipe whose students train in a fraction of a second.</summary>
internal static class TinyComparison
{
    public const string Data = "{ dataset: glyphs, train: 360, test: 72, batch_size: 36, validation: 0.2 }";

    public const string Text =
        $$"""
        recipe: 1
        name: tiny
        seeds: [3, 4]
        threads: 1
        data: {{Data}}
        roles:
          teacher: { model: small-cnn, width: 6, in_channels: 1, classes: 36 }
          student: { model: small-cnn, width: 3, in_channels: 1, classes: 36 }
        defaults:
          train: { epochs: 2, optimizer: { sgd: { lr: 0.05 } } }
        stages:
          - train: { name: teacher, role: teacher, criteria: [cross-entropy], once: true }
          - train: { name: student-baseline, role: student, criteria: [cross-entropy] }
          - train:
              name: student-distilled
              role: student
              teachers: [teacher]
              criteria: [{ cross-entropy: { weight: 0.1 } }, { kd: { weight: 0.9, temperature: 4 } }]
          - compare: { models: [teacher, student-baseline, student-distilled] }
        """;
}
