using System.Diagnostics;
using System.Security.Cryptography;
using Retort.Data;
using Retort.Data.Formats;
using Retort.Data.Sets;
using Retort.Tests.Asking;
using Retort.Tests.Cli;
using Retort.Tests.Data;
using Retort.Torch;
using static Retort.Tests.Asking.MisbehavingServer;

namespace Retort.Tests.Stages;

public sealed class AnnotateStageTests
{
    private const string Recipe =
        """
        recipe: 1
        name: annotated
        seeds: [3]
        threads: 1
        data: { dataset: letter-sums, train: 60, test: 20, terms: 2, prefix: "predict: ", batch_size: 16 }
        roles:
          student: { model: gpt, context: 40, width: 8, depth: 1, heads: 2 }
        stages:
          - annotate:
              name: rationales
              samples: 40
              teacher: { served: { script: letter-sums } }
              prompt: "Add up:\n{text}"
              pattern: 'Values (?<values>[0-9 ]+),.*Answer: (?<answer>[0-9]+)'
              texts:
                explain: { prompt: "explain: {text}", completion: "{values}", max_length: 30 }
          - train:
              name: step-by-step
              role: student
              train_on: rationales
              epochs: 1
              criteria: [cross-entropy, further-text: { text: explain }]
          - evaluate: { models: [step-by-step] }
        """;

    [Fact]
    public void A_served_teacher_is_asked_over_HTTP_and_its_texts_are_trained_on()
    {
        using var folder = new TemporaryFolder();
        CommandResult run = CommandLine.Run(folder.Path, "run", folder.Write("recipe.yaml", Recipe), "--out", "run", "--quiet");
        Assert.True(run.Code == 0, run.Error);
        Dataset made = Made(folder, "run");
        Assert.Equal(40, made.Count);
        var sums = new LetterSums(26, 3, null, 0);
        for (int k = 0; k < made.Count; k++)
        {
            using var scope = new TensorScope();
            Batch sample = made.Gather([k]);
            string[] text = PromptedText.Decode(sample.Input.ToArray<long>()).Split(' ', '=');
            string[] explained = PromptedText.Decode(sample["explain"].ToArray<long>()).Split("=");
            int[] terms = sums.Read(text[1])!;
            Assert.Equal(["predict:", text[1], sums.Answer(terms)], text);
            Assert.Equal([$"explain: {text[1]}", string.Join(' ', sums.ValuesOf(terms))], explained);
            Assert.Equal(explained[0].Length + 1, sample["explain" + PromptedText.PlaceSuffix].ToInt64());
        }

        Assert.Equal(40, File.ReadLines(Path.Combine(folder.Path, "run", "seed-3", "rationales", "replies.jsonl")).Count());
    }

    [Fact]
    public void Shuffled_every_sample_explains_itself_with_anothers_reasons()
    {
        using var folder = new TemporaryFolder();
        string recipe = Recipe.Replace("samples: 40", "samples: 40\n      teacher_rows: shuffled", StringComparison.Ordinal)
            .Replace("completion: \"{values}\"", "completion: \"{text}\"", StringComparison.Ordinal);
        CommandResult run = CommandLine.Run(folder.Path, "run", folder.Write("recipe.yaml", recipe), "--out", "run", "--quiet");
        Assert.True(run.Code == 0, run.Error);
        Dataset made = Made(folder, "run");
        var donors = new HashSet<string>();
        for (int k = 0; k < made.Count; k++)
        {
            using var scope = new TensorScope();
            string[] text = PromptedText.Decode(made.Gather([k])["explain"].ToArray<long>()).Split(' ', '=');
            Assert.NotEqual(text[1], text[2]);
            donors.Add(text[2]);
        }

        Assert.Equal(40, donors.Count);
    }

    // What a server was asked after the journal had the answer would have been paid twice.
    [Fact]
    public void Killed_again_and_again_it_loses_nothing_pays_nothing_twice_and_ends_with_the_same_bits()
    {
        using var folder = new TemporaryFolder();
        var script = new Retort.Serving.Scripts.LetterSumScript();
        using var server = new MisbehavingServer((k, prompt) =>
        {
            Thread.Sleep(25);
            return (k % 7) switch
            {
                1 => Status("429 Too Many Requests", "{}"),
                3 => CutOff(Answer("Values")),
                5 => Ok("{\"choices\":"),
                _ => Answer(script.Answer(
                    new Retort.Serving.TextRequest { Messages = [new Retort.Serving.TextMessage("user", prompt)] }, RandomStream.Derive(1))),
            };
        });
        string asked = Recipe.Replace(
            "teacher: { served: { script: letter-sums } }",
            $"teacher: {{ openai: {{ url: '{server.Url}', model: m, key_from: RETORT_NO_KEY }} }}\n      asking: {{ concurrency: 2, backoff: 0.01 }}",
            StringComparison.Ordinal);
        string recipe = folder.Write("recipe.yaml", asked);
        string journal = Path.Combine(folder.Path, "broken", "seed-3", "rationales", "replies.jsonl");
        int kills = 0;
        for (int wanted = 5; wanted <= 25; wanted += 10)
        {
            using Process process = CommandLine.Start(folder.Path, "run", recipe, "--out", "broken", "--quiet");
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
        Assert.Equal(40, Lines(journal));
        Assert.Equal(40 - known, server.Paid.Count - paid);
        CommandResult whole = CommandLine.Run(
            folder.Path, "run", folder.Write("whole.yaml", Recipe), "--out", "whole", "--quiet");
        Assert.True(whole.Code == 0, whole.Error);
        foreach (string file in new[] { "rationales/data.safetensors", "step-by-step/model.safetensors" })
            Assert.Equal(Digest(folder, "whole", file), Digest(folder, "broken", file));
    }

    [Theory]
    [InlineData("prompt: \"Add up:\\n{text}\"", "prompt: \"{txt}\"", "there is nothing called 'txt' to fill in")]
    [InlineData("completion: \"{values}\"", "completion: \"{value}\"", "{text}, {completion}, {reply}, {values}, {answer}")]
    [InlineData("completion: \"{values}\"", "completion: \"{\"", "encloses no name")]
    [InlineData("pattern: 'Values", "pattern: '(Values", "no regular expression that can be used")]
    [InlineData("samples: 40", "label: \"{answer}\"", "the data's samples have completions, and no classes")]
    [InlineData("script: letter-sums", "script: leter-sums", "nearest: letter-sums")]
    [InlineData("served: { script: letter-sums }", "openai: { url: 'file:///x', model: m }", "is no address of a server")]
    [InlineData("train_on: rationales", "train_on: rationals", "nearest: rationales")]
    public void What_is_wrong_is_said_before_anybody_is_asked(string good, string bad, string expected)
    {
        using var folder = new TemporaryFolder();
        string text = Recipe.Replace(good, bad, StringComparison.Ordinal);
        Assert.NotEqual(Recipe, text);
        CommandResult run = CommandLine.Run(folder.Path, "check", folder.Write("recipe.yaml", text));
        Assert.Equal(2, run.Code);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_teacher_whose_answers_are_no_use_ends_the_run()
    {
        using var folder = new TemporaryFolder();
        string text = Recipe.Replace("Add up:\\n{text}", "What is the weather?", StringComparison.Ordinal);
        CommandResult run = CommandLine.Run(folder.Path, "run", folder.Write("recipe.yaml", text), "--out", "run", "--quiet");
        Assert.Equal(2, run.Code);
        Assert.Contains(
            "of 40 samples 40 got no answer that could be used in 3 attempts each", run.Error, StringComparison.Ordinal);
    }

    private static Dataset Made(TemporaryFolder folder, string run) =>
        SampleFile.Read(Path.Combine(folder.Path, run, "seed-3", "rationales", "data.safetensors"), "made");

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

    private static string Digest(TemporaryFolder folder, string run, string file) =>
        Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Path.Combine(folder.Path, run, "seed-3", file))));
}
