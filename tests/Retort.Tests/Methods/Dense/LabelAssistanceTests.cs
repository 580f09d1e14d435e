using Retort.Data.Images;
using Retort.Tests.Data;

namespace Retort.Tests.Methods.Dense;

/// <summary>Segmentation through tiny recipes: labels of pixels, a teacher that is told them, and a student that is
/// not.</summary>
[Collection("default generator")]
public sealed class LabelAssistanceTests : IDisposable
{
    private const string Tiny =
        """
        recipe: 1
        name: tiny
        seeds: [5]
        threads: 1
        device: cpu
        data: { dataset: label-maps, root: ROOT, batch_size: 4, augment: [random_horizontal_flip] }
        roles:
          net: { model: segmenter, width: 3, classes: 2, blank_channels: 1 }
          wide: { model: segmenter, width: 3, classes: 3, blank_channels: 1 }
        defaults:
          train: { epochs: 12, evaluate_every: 0, optimizer: { adamw: { lr: 0.02 } } }
        stages:
          - train: { name: told, role: net, criteria: [{ lad-dual-path: { labels: { codes: 3, random: true } } }] }
          - train:
              name: student
              role: ROLE
              teachers: [told]
              criteria: [cross-entropy, { lad: { labels: { codes: 3 } } }]
          - train: { name: cwd, role: net, teachers: [told], criteria: [cross-entropy, { cwd: { student_tap: head, teacher_tap: head } }] }
          - evaluate: { name: as-told, models: [told], task: { segmentation: { labels: { codes: 3 } } } }
          - evaluate: { models: [told, student, cwd] }

        """;

    private readonly TemporaryFolder _folder = new();

    // Grey discs on noise: what is brighter than the middle is class 1; a frame of pixels does not count.
    public LabelAssistanceTests()
    {
        _folder.Write("classes.txt", "0 dark\n1 bright\n");
        var random = new Random(1);
        foreach (string split in (string[])["train", "test"])
        {
            var list = new List<string>();
            for (int k = 0; k < 8; k++)
            {
                byte[] map = new byte[144], pixels = new byte[432];
                int x = random.Next(3, 9), y = random.Next(3, 9);
                for (int at = 0; at < 144; at++)
                {
                    int row = at / 12, column = at % 12;
                    bool isInside = ((row - y) * (row - y)) + ((column - x) * (column - x)) < 10;
                    map[at] = row == 0 ? (byte)255 : isInside ? (byte)1 : (byte)0;
                    Array.Fill(pixels, (byte)((isInside ? 120 : 60) + random.Next(60)), 3 * at, 3);
                }

                _folder.Write($"{split}/{k}.png", PngEncoder.Encode(new Image(12, 12, 3, pixels)));
                _folder.Write($"{split}/{k}-map.png", PngEncoder.Encode(new Image(12, 12, 1, map)));
                list.Add($"{split}/{k}.png {split}/{k}-map.png");
            }

            _folder.Write($"{split}.txt", string.Join('\n', list));
        }
    }

    public void Dispose() => _folder.Dispose();

    private MethodRun Recipe(string role = "net") =>
        MethodRun.Of(Tiny.Replace("ROOT", _folder.Path, StringComparison.Ordinal).Replace("ROLE", role, StringComparison.Ordinal));

    [Fact]
    public void A_told_teacher_and_its_student_are_trained_measured_and_taken_up_again_with_the_same_bits()
    {
        using MethodRun run = Recipe();
        Dictionary<string, double> figures = run.Run("whole");
        Assert.DoesNotContain(figures.Keys, k => k.StartsWith("warned", StringComparison.Ordinal));
        foreach (string name in (string[])["as-told/told", "evaluate/told", "evaluate/student", "evaluate/cwd"])
            Assert.InRange(figures[$"{name}/miou"], 0.01, 1);
        Assert.NotEqual(figures["as-told/told/miou"], figures["evaluate/told/miou"]);

        run.Run("told-again", stopAt: "told", steps: 3);
        run.Run("student-again", stopAt: "student", steps: 3);
        foreach (string stage in (string[])["told", "student"])
        {
            string digest = MethodRun.Digest(run.FileOf("whole", stage));
            Assert.Equal(digest, MethodRun.Digest(run.FileOf("told-again", stage)));
            Assert.Equal(digest, MethodRun.Digest(run.FileOf("student-again", stage)));
        }
    }

    [Fact]
    public void A_student_of_other_classes_is_refused_before_anything_is_trained()
    {
        using MethodRun run = Recipe("wide");
        Exception error = Assert.ThrowsAny<Exception>(() => run.Run("wrong"));
        Assert.Contains("'lad' does not fit student 'wide'", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(run.FileOf("wrong", "told")));
    }
}
