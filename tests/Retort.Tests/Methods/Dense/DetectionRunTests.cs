namespace Retort.Tests.Methods.Dense;

/// <summary>Detection through a tiny recipe: drawn shapes, of which few have labels, and every term of detectors.</summary>
[Collection("default generator")]
public sealed class DetectionRunTests
{
    private const string Tiny =
        """
        recipe: 1
        name: tiny
        seeds: [5]
        threads: 1
        device: cpu
        data: { dataset: toy-detection, train: 96, test: 24, noise: 0.05, batch_size: 16, augment: [random_horizontal_flip] }
        roles:
          teacher: { model: detector, width: 4, classes: 5 }
          student: { model: detector, width: 2, classes: 5 }
          other: { model: detector, width: 2, classes: 4 }
        defaults:
          train: { epochs: 2, evaluate_every: 0, optimizer: { adamw: { lr: 0.01 } } }
        stages:
          - train: { name: teacher, role: teacher, criteria: [gfl], epochs: 8 }
          - train:
              name: student
              role: ROLE
              teachers: [teacher]
              data:
                { dataset: toy-detection, train: 96, test: 24, noise: 0.05, batch_size: 16, labelled: 12, sampling: mixed }
              criteria:
                - gfl
                - score-focal
                - ld-localization: { region: teacher-scores, temperature: 2, bins: sum, normalize: weight-sum }
                - ld-localization: { region: valuable }
                - fgd: { student_tap: neck, teacher_tap: neck }
                - fgfi: { student_tap: neck, teacher_tap: neck, stride: 4, anchor_sizes: [12, 18] }
                - gid-like: { student_tap: neck, teacher_tap: neck }
          - evaluate: { models: [teacher, student] }

        """;

    private static MethodRun Recipe(string role = "student") => MethodRun.Of(Tiny.Replace("ROLE", role, StringComparison.Ordinal));

    [Fact]
    public void A_student_is_trained_measured_and_taken_up_again_with_the_same_bits()
    {
        using MethodRun run = Recipe();
        Dictionary<string, double> figures = run.Run("whole");
        Assert.DoesNotContain(figures.Keys, k => k.StartsWith("warned", StringComparison.Ordinal));
        foreach (string figure in (string[])["map", "ap50", "ap75", "ap-disk"])
        {
            Assert.InRange(figures[$"evaluate/teacher/{figure}"], 0, 1);
            Assert.InRange(figures[$"evaluate/student/{figure}"], 0, 1);
        }

        Assert.InRange(figures["evaluate/teacher/ap50"], 0.02, 1);
        run.Run("again", stopAt: "student", steps: 3);
        Assert.Equal(MethodRun.Digest(run.FileOf("whole", "student")), MethodRun.Digest(run.FileOf("again", "student")));
    }

    [Fact]
    public void A_detector_of_other_classes_is_refused_before_anything_is_trained()
    {
        using MethodRun run = Recipe("other");
        Exception error = Assert.ThrowsAny<Exception>(() => run.Run("wrong"));
        Assert.Contains("a detector's map for the data's 5 classes", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(run.FileOf("wrong", "teacher")));
    }
}
