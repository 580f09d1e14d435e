using System.Diagnostics;
using System.Text.Json;
using Retort.Data;
using Retort.Data.Formats;
using Retort.Data.Sets;
using Retort.Serving;
using Retort.Serving.Scripts;
using Retort.Tests.Asking;
using Retort.Tests.Cli;
using Retort.Tests.Data;
using Retort.Tests.Methods;
using Retort.Torch;
using static Retort.Tests.Asking.MisbehavingServer;

namespace Retort.Tests.Stages;

[Collection("default generator")]
public sealed class CoachStageTests
{
    private const string Recipe =
        """
        recipe: 1
        name: coached
        seeds: [5]
        threads: 1
        device: cpu
        data: { dataset: topic-texts, topics: 6, pairs: 2, train: 120, test: 120, validation: 0.5, batch_size: 16 }
        roles:
          student: { model: ngram-classifier, classes: 6, width: 8, buckets: 509 }
        stages:
          - coach:
              name: coached
              role: student
              teacher: { served: { script: { topic-texts: { topics: 6, pairs: 2, error_rate: 0.05 } } } }
              task: Notes.
              train_samples: 30
              texts: 50
              per_round: 20
              per_question: 6
              patience: 5
              training: { epochs: 12, criteria: [cross-entropy], optimizer: { adam: { lr: 0.02 } } }
        """;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Interrupted_between_rounds_and_resumed_it_ends_with_the_same_bits(int rounds)
    {
        using MethodRun run = MethodRun.Of(Recipe);
        Assert.Empty(run.Problems());
        run.Run("whole");
        run.Run("broken", "coached", rounds);
        string Digest(string name, string file) => MethodRun.Digest(run.FileOf(name, "coached", file));
        foreach (string file in new[] { "model.safetensors", "data.safetensors", "texts.jsonl" })
            Assert.Equal(Digest("whole", file), Digest("broken", file));
        Assert.Equal(Figures(run.FileOf("whole", "coached", "done.json")), Figures(run.FileOf("broken", "coached", "done.json")));
    }

    [Fact]
    public void Texts_are_asked_for_where_the_student_fails_and_trained_on_beside_the_first_ones()
    {
        using MethodRun run = MethodRun.Of(Recipe);
        run.Run("whole");
        Dictionary<string, double> figures = Figures(run.FileOf("whole", "coached", "done.json"));
        double texts = figures["coached/test/texts"];
        Assert.Equal(50, texts + figures["refused_texts"]);
        // Twenty, twenty and ten texts, six a question.
        Assert.Equal(4 + 4 + 2, figures["replies"]);
        Dataset made = SampleFile.Read(run.FileOf("whole", "coached", "data.safetensors"), "made");
        Assert.Equal(30 + texts, made.Count);
        JsonElement[] written = [.. File.ReadLines(run.FileOf("whole", "coached", "texts.jsonl"))
            .Select(l => JsonDocument.Parse(l).RootElement)];
        Assert.Equal(texts, written.Length);
        Assert.Equal([1, 2, 3], written.Select(w => w.GetProperty("round").GetInt32()).Distinct());
        using var scope = new TensorScope();
        long[] last = made.Gather([made.Count - 1]).Input.ToArray<long>();
        Assert.Equal(written[^1].GetProperty("text").GetString(), PromptedText.Decode(last));
        Assert.Equal(written[^1].GetProperty("label").GetString(), made.ClassNames[(int)made.Labels[^1]]);
        Assert.InRange(figures["coached/test/weak_share"], 0.5, 1);
        Assert.InRange(figures["coached/test/macro_f1"], 0.3, 1);
    }

    [Fact]
    public void The_control_asks_for_as_many_of_each_class_and_tells_nothing()
    {
        var asked = new List<string>();
        using var server = new MisbehavingServer((_, prompt) =>
        {
            lock (asked)
                asked.Add(prompt);
            return Answer(Script(prompt));
        });
        const string control = "aim: uniform, per_question: 60, per_round: 48, texts: 48, task: Notes.";
        using MethodRun run = MethodRun.Of(With(server, control));
        run.Run("whole");
        string only = Assert.Single(asked);
        Assert.All(new TopicTexts(6, 2, 0).Names, name => Assert.Contains($"- {name}: 8\n", only, StringComparison.Ordinal));
        Assert.DoesNotContain("F1", only, StringComparison.Ordinal);
        Assert.DoesNotContain("Mistakes", only, StringComparison.Ordinal);
    }

    [Fact]
    public void No_validation_text_is_trained_on_whatever_the_teacher_writes()
    {
        Dataset all = new TopicTextSet { Topics = 6, Pairs = 2, Train = 120 }.Load(string.Empty, "train");
        using var scope = new TensorScope();
        string[] texts = TextsOf(all);
        string name = all.ClassNames[0];
        using var server = new MisbehavingServer((k, _) =>
            Answer(string.Join('\n', texts.Select(t => $"{name}: {t}")) + $"\n{name}: quite new number {k}"));
        using MethodRun run = MethodRun.Of(With(server, "task: Notes."));
        run.Run("whole");
        Dataset made = SampleFile.Read(run.FileOf("whole", "coached", "data.safetensors"), "made");
        string[] trained = TextsOf(made);
        Assert.Equal(trained.Length, trained.Distinct().Count());
        // Thirty to begin with; of the other ninety sixty are held out, and thirty are nobody's and may be trained on.
        Assert.InRange(trained.Count(texts.Contains), 30, 60);
    }

    [Fact]
    public void When_patience_is_at_its_end_nothing_more_is_asked()
    {
        using var server = new MisbehavingServer((_, prompt) => Answer(Script(prompt)));
        using MethodRun run = MethodRun.Of(With(server, "task: Notes., patience: 1, min_gain: 1, per_round: 5, texts: 100"));
        run.Run("whole");
        // The first round has nothing to be better than; the second is no gain.
        Assert.Single(server.Paid);
    }

    // What a server was asked after the journal had the answer would have been paid twice.
    [Fact]
    public void Killed_again_and_again_it_loses_nothing_pays_nothing_twice_and_ends_with_the_same_bits()
    {
        using var folder = new TemporaryFolder();
        using var server = new MisbehavingServer((k, prompt) =>
        {
            Thread.Sleep(40);
            return (k % 5) switch
            {
                1 => Status("429 Too Many Requests", "{}"),
                3 => CutOff(Answer("sport")),
                _ => Answer(Script(prompt)),
            };
        });
        const string small = "task: Notes., per_question: 2";
        string recipe = folder.Write("recipe.yaml", With(server, small, ", backoff: 0.01, concurrency: 2"));
        string journal = Path.Combine(folder.Path, "broken", "seed-5", "coached", "replies.jsonl");
        int kills = 0;
        for (int wanted = 4; wanted <= 18; wanted += 7)
        {
            using Process process = CommandLine.Start(folder.Path, "run", recipe, "--out", "broken", "--resume", "--quiet");
            Assert.True(SpinWait.SpinUntil(() => process.HasExited || Lines(journal) >= wanted, TimeSpan.FromMinutes(2)));
            kills += process.HasExited ? 0 : 1;
            process.Kill();
            process.WaitForExit();
        }

        Assert.Equal(3, kills);
        Assert.True(SpinWait.SpinUntil(() => server.Open == 0, TimeSpan.FromSeconds(30)));
        int paid = server.Paid.Count, known = Lines(journal);
        // Two answers may be on their way at each kill.
        Assert.InRange(paid - known, 0, 2 * kills);
        CommandResult last = CommandLine.Run(folder.Path, "run", recipe, "--out", "broken", "--resume", "--quiet");
        Assert.True(last.Code == 0, last.Error);
        Assert.Equal(25, Lines(journal));
        Assert.Equal(25 - known, server.Paid.Count - paid);
        CommandResult whole = CommandLine.Run(folder.Path, "run", recipe, "--out", "whole", "--quiet");
        Assert.True(whole.Code == 0, whole.Error);
        foreach (string file in new[] { "model.safetensors", "data.safetensors", "texts.jsonl" })
            Assert.Equal(Digest("whole", file), Digest("broken", file));

        string Digest(string run, string file) => MethodRun.Digest(Path.Combine(folder.Path, run, "seed-5", "coached", file));
    }

    [Fact]
    public void A_teacher_whose_answers_are_no_use_ends_the_run()
    {
        using var folder = new TemporaryFolder();
        using var server = new MisbehavingServer((_, _) => Answer("I would rather not."));
        CommandResult run = CommandLine.Run(
            folder.Path, "run", folder.Write("recipe.yaml", With(server, "task: Notes.")), "--out", "run", "--quiet");
        Assert.Equal(2, run.Code);
        Assert.Contains("of 4 answers in round 1 none had a line 'CLASS: TEXT'", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("validation: 0.5, ", "", "the stage coaches by texts that are held out, and the data has none")]
    [InlineData("role: student", "role: studnt", "there is no role 'studnt'")]
    [InlineData("train_samples: 30", "train_samples: 0", "'train_samples' is 0")]
    [InlineData("criteria: [cross-entropy]", "criteria: [kd]", "'kd' needs a teacher, and the stage names none")]
    public void What_is_wrong_is_said_before_anybody_is_asked(string good, string bad, string message)
    {
        using MethodRun run = MethodRun.Of(Recipe.Replace(good, bad, StringComparison.Ordinal));
        Assert.Equal([message], run.Problems());
    }

    private static string With(MisbehavingServer server, string options, string asking = "")
    {
        string lines = string.Join("\n      ", options.Split(", "));
        string keys = string.Join('|', options.Split(", ").Select(o => o.Split(':')[0]));
        string text = string.Join('\n', Recipe.ReplaceLineEndings("\n").Split('\n')
            .Where(l => !System.Text.RegularExpressions.Regex.IsMatch(l, $"^ +({keys}|teacher):")));
        string teacher = $"teacher: {{ openai: {{ url: '{server.Url}', model: m, key_from: RETORT_NO_KEY }} }}";
        return text.Replace(
            "      role: student", $"      role: student\n      {lines}\n      {teacher}\n      asking: {{ retries: 6{asking} }}",
            StringComparison.Ordinal);
    }

    private static string[] TextsOf(Dataset data) => [.. Enumerable.Range(0, data.Count)
        .Select(k => PromptedText.Decode(data.Gather([k]).Input.ToArray<long>()))];

    private static string Script(string prompt) => new TopicTextScript { Topics = 6, Pairs = 2 }.Answer(
        new TextRequest { Messages = [new TextMessage("user", prompt)] },
        RandomStream.Derive(System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(
            System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(prompt)))));

    private static Dictionary<string, double> Figures(string done) => JsonDocument.Parse(File.ReadAllText(done)).RootElement
        .GetProperty("figures").EnumerateObject().ToDictionary(f => f.Name, f => f.Value.GetDouble());

    private static int Lines(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream);
            return reader.ReadToEnd().Count(c => c == '\n');
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
