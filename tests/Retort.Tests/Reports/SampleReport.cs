using Retort.Data.Images;
using Retort.Evaluation;
using Retort.Reports;

namespace Retort.Tests.Reports;

/// <summary>A report's data as a run of three seeds would give it, made from a seeded generator.</summary>
internal static class SampleReport
{
    private const string Recipe =
        """
        recipe: 1
        name: quickstart
        seeds: [0, 1, 2]

        # drawn by the program: nothing is downloaded
        data:
          dataset: glyphs
          batch_size: 128
        roles:
          teacher: { model: cifar-resnet56, in_channels: 1, classes: 36 }
          student: { model: small-cnn }
        stages:
          - train:
              name: student-distilled
              criteria:
                - kd: { temperature: 4, weight: 0.9 }
        """;

    public static ReportData Create(int classes = 10, int seeds = 3)
    {
        string[] names = ["teacher", "student-baseline", "student-distilled"];
        double[] skill = [6.4, 3.7, 4.15];
        var random = new Random(7);
        List<ModelEvaluation> evaluations =
        [
            .. names.Select((name, i) => new ModelEvaluation(
                name,
                [.. Enumerable.Range(0, i == 0 ? 1 : seeds).Select(_ =>
                    Evaluate(random, classes, skill[i] + 0.12 * random.NextDouble(), i == 1 ? 1.5 : 0.9))])),
        ];
        List<ResultSummary> results =
        [
            .. evaluations.SelectMany(e => e.Seeds[0].Named().Select(f => ResultSummary.Of(
                e.Name, "test", f.Key, [.. e.Seeds.Select(s => s.Named().First(g => g.Key == f.Key).Value)]))),
        ];
        return new ReportData
        {
            Description = "A convolutional student of 20 thousand parameters learns from a residual network of 1.2 million.",
            Summary = new RunSummary
            {
                Recipe = "quickstart",
                Results = results,
                Models =
                [
                    Model("teacher", "cifar-resnet56", 853_018, 125_750_000, 9.81, 384.2),
                    Model("student-baseline", "small-cnn", 20_490, 2_310_000, 0.742, 21.7),
                    Model("student-distilled", "small-cnn", 20_490, 2_310_000, 0.739, 21.5),
                ],
                WallSeconds = 171.4,
                PeakRssBytes = 612_450_304,
                Seeds = [.. Enumerable.Range(0, seeds).Select(i => (long)i)],
                FinishedAt = new DateTimeOffset(2026, 3, 14, 9, 26, 0, TimeSpan.Zero),
                Environment = new RunEnvironment
                {
                    Retort = "0.1.0",
                    Commit = "4f1c2ab",
                    Libtorch = "1.13.1",
                    Dotnet = "10.0.1",
                    OperatingSystem = "Debian GNU/Linux 12 (bookworm)",
                    Processor = "2 × x86-64",
                    Device = "cpu",
                    Threads = 2,
                },
            },
            Curves = [.. names.SelectMany((name, i) => Curves(random, name, skill[i], i == 0 ? 1 : seeds))],
            Evaluations = evaluations,
            ClassNames = Names(classes),
            Agreements = [.. Enumerable.Range(0, seeds).Select(i =>
                new Agreement { Samples = 2000, UndefinedRows = 0, Top1 = 0.901 + i * 0.003, MeanKl = 0.174 })],
            Disagreements = [.. Enumerable.Range(0, 15).Select(i => Disagreement(random, i, Names(classes)))],
            Sheets =
            [
                .. ((string[])["real", "teacher", "student-distilled"])
                    .Select(name => new SampleSheet(name, Disagreement(random, 0, Names(classes)).Png)),
            ],
            RecipeYaml = Recipe,
            Reproduce = ["./retort run recipes/quickstart.yaml --out runs/quickstart"],
        };
    }

    public static string[] Names(int classes) => classes switch
    {
        10 => ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"],
        36 => [.. "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".Select(c => c.ToString())],
        _ => [.. Enumerable.Range(0, classes).Select(i => $"class {i}")],
    };

    private static ModelSummary Model(string name, string architecture, long parameters, long macs, double one, double many) =>
        new()
        {
            Name = name,
            Architecture = architecture,
            Parameters = parameters,
            Macs = macs,
            Bytes = parameters * 4 + 4096,
            LatencyMilliseconds = one,
            Latency = [new LatencySummary(1, one, one * 1.21), new LatencySummary(128, many, many * 1.08)],
        };

    private static ClassificationFigures Evaluate(Random random, int classes, double skill, double sharpness)
    {
        const int Samples = 2000;
        var logits = new float[Samples * classes];
        var labels = new long[Samples];
        for (int i = 0; i < Samples; i++)
        {
            labels[i] = random.Next(classes);
            for (int k = 0; k < classes; k++)
            {
                double near = Math.Abs(k - labels[i]) == 2 ? skill * 0.45 : 0;
                double value = Normal(random) * 1.3 + near + (k == labels[i] ? skill * (0.75 + 0.5 * (k % 5) / 4) : 0);
                logits[i * classes + k] = (float)(value * sharpness);
            }
        }

        return Classification.Evaluate(logits, labels, classes);
    }

    private static IEnumerable<LearningCurve> Curves(Random random, string model, double skill, int seeds)
    {
        const int Epochs = 20;
        for (int seed = 0; seed < seeds; seed++)
        {
            double offset = Normal(random) * 0.008;
            foreach ((string metric, string split, Func<double, double> shape) in new (string, string, Func<double, double>)[]
            {
                ("accuracy", "test", t => 0.55 + skill * 0.064 - 0.5 * Math.Exp(-5 * t) + offset),
                ("loss", "train", t => 0.08 + 2.1 * Math.Exp(-4 * t) / skill * 3 + offset),
                ("loss", "test", t => 0.22 + 1.9 * Math.Exp(-4.5 * t) / skill * 3 + 0.1 * t + offset),
            })
            {
                yield return new LearningCurve
                {
                    Model = model,
                    Metric = metric,
                    Split = split,
                    Seed = seed,
                    Points = [.. Enumerable.Range(1, Epochs).Select(e =>
                        new CurvePoint(e, shape((double)e / Epochs) + Normal(random) * 0.006))],
                };
            }
        }
    }

    private static DisagreementSample Disagreement(Random random, int index, string[] names)
    {
        var pixels = new byte[28 * 28];
        for (int stroke = 0; stroke < 4; stroke++)
        {
            (double x, double y, double angle) = (6 + random.NextDouble() * 16, 6 + random.NextDouble() * 16,
                random.NextDouble() * 6.3);
            for (double t = 0; t < 12; t += 0.25, angle += 0.03)
            {
                x += Math.Cos(angle) * 0.25;
                y += Math.Sin(angle) * 0.25;
                for (int d = 0; d < 4; d++)
                    pixels[Math.Clamp((int)y + d / 2, 0, 27) * 28 + Math.Clamp((int)x + d % 2, 0, 27)] = (byte)(200
                        + random.Next(56));
            }
        }

        int label = random.Next(names.Length), other = (label + 2) % names.Length;
        bool isTeacherRight = index % 4 != 3;
        return new DisagreementSample
        {
            Index = random.Next(2000),
            Label = names[label],
            StudentPrediction = names[isTeacherRight ? other : label],
            StudentConfidence = 0.4 + random.NextDouble() * 0.5,
            TeacherPrediction = names[isTeacherRight ? label : other],
            TeacherConfidence = 0.6 + random.NextDouble() * 0.39,
            Png = PngEncoder.Encode(new Image(28, 28, 1, pixels)),
        };
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
