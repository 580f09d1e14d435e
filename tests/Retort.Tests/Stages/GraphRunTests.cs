using Retort.Data;
using Retort.Data.Formats;
using Retort.Data.Graphs;
using Retort.Recipes;
using Retort.Reports;
using Retort.Runs;
using Retort.Stages;
using Retort.Tests.Data;
using Retort.Torch;

namespace Retort.Tests.Stages;

/// <summary>Whole tiny runs on graphs and on the nodes of one.</summary>
[Collection("default generator")]
public sealed class GraphRunTests : IDisposable
{
    private const string Graphs =
        """
        recipe: 1
        name: graphs
        seeds: [3]
        threads: 1
        data: { dataset: tu-graphs, collection: T, folds: [1], root: ., batch_size: 8 }
        roles:
          teacher: { model: gin, in_channels: 2, classes: 2, depth: 2, width: 8 }
          student: { model: gin, in_channels: 2, classes: 2, depth: 2, width: 4, pooling: mean, drop_rate: 0.1 }
        defaults: { train: { evaluate_every: 0, optimizer: { adam: { lr: 0.01 } } } }
        stages:
          - condense: { name: patterns, by: { mirage: { depth: 2, support: [0.5] } } }
          - condense: { name: chance, by: { random-graphs: { share: 0.3 } } }
          - train: { name: teacher, role: teacher, epochs: 30, criteria: [cross-entropy] }
          - train: { name: on-patterns, role: student, train_on: patterns, sample_by: weight, epochs: 80, criteria: [cross-entropy] }
          - train: { name: on-chance, role: student, train_on: chance, epochs: 5, criteria: [cross-entropy] }
          - train: { name: distilled, role: student, teachers: [teacher], epochs: 10, criteria: [cross-entropy, kd, sp] }
          - evaluate: { models: [teacher, on-patterns, on-chance, distilled], task: binary }
        """;

    private const string Nodes =
        """
        recipe: 1
        name: nodes
        seeds: [3]
        threads: 1
        data: { dataset: node-graph, root: ., batch_size: 6 }
        roles:
          teacher: { model: gcn, nodes: 12, edges: 12, in_channels: 3, classes: 2, width: 6, drop_rate: 0.1 }
          student: { model: columns, first: 1, of: { model: mlp, in_features: 3, hidden: [6], classes: 2 } }
        defaults: { train: { evaluate_every: 0, optimizer: { adam: { lr: 0.02 } } } }
        stages:
          - train: { name: teacher, role: teacher, epochs: 80, criteria: [cross-entropy] }
          - train:
              name: student
              role: student
              teachers: [teacher]
              data: { dataset: node-graph, root: ., unlabelled: true, batch_size: 12 }
              epochs: 60
              criteria: [cross-entropy, kd]
          - evaluate: { models: [teacher, student] }
        """;

    private readonly TemporaryFolder _folder = new();

    // Rings of nodes of one label, and rings in which two labels take turns.
    public GraphRunTests()
    {
        var edges = new System.Text.StringBuilder();
        var owners = new System.Text.StringBuilder();
        var classes = new System.Text.StringBuilder();
        var labels = new System.Text.StringBuilder();
        int node = 1;
        for (int graph = 0; graph < 24; graph++)
        {
            int size = 4 + (2 * (graph % 3));
            for (int k = 0; k < size; k++)
            {
                int next = node + ((k + 1) % size) - k;
                edges.Append(System.Globalization.CultureInfo.InvariantCulture, $"{node}, {next}\n{next}, {node}\n");
                owners.Append(System.Globalization.CultureInfo.InvariantCulture, $"{graph + 1}\n");
                labels.Append(graph % 2 == 0 ? "0\n" : $"{k % 2}\n");
                node++;
            }

            classes.Append(graph % 2 == 0 ? "1\n" : "2\n");
        }

        _folder.Write("T/T_A.txt", edges.ToString());
        _folder.Write("T/T_graph_indicator.txt", owners.ToString());
        _folder.Write("T/T_graph_labels.txt", classes.ToString());
        _folder.Write("T/T_node_labels.txt", labels.ToString());
        _folder.Write("T/10fold_idx/test_idx-1.txt", "0\n1\n2\n3\n4\n5\n");

        // Two rings of six nodes; features say little, neighbours much.
        _folder.Write("features.svm", string.Concat(Enumerable.Range(0, 12).Select(k => $"{k / 6} {1 + (k % 2 == 0 ? k / 6 : 2)}:1\n")));
        _folder.Write("edges.tsv", "source\ttarget\n" + string.Concat(Enumerable.Range(0, 12).Select(k => $"{k}\t{(k / 6 * 6) + ((k + 1) % 6)}\n")));
        _folder.Write("split.tsv", "node\tlabel\tsplit\n" + string.Concat(Enumerable.Range(0, 12).Select(k => $"{k}\t{k / 6}\t{(k % 6 < 3 ? "train" : "test")}\n")));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Patterns_take_part_of_the_bytes_and_teach_what_the_graphs_teach()
    {
        RunSummary summary = Runner.Run(Document(Graphs), Options("run"), new StopAt(null), default);
        using var scope = new TensorScope();
        Dataset patterns = SampleFile.Read(FileOf("run", "patterns", Stage.DataFile), "patterns");
        Assert.True(GraphPacking.IsOf(patterns));
        Assert.Equal(["1", "2"], patterns.ClassNames);
        Assert.Equal(1, patterns.FieldOf("weight").Sum().ToDouble(), 1e-6);

        // One tree says all of the first class; two, alone and together, of the second.
        Assert.Equal([0L, 1, 1, 1], patterns.Labels);
        Assert.Equal(4, summary.Find("patterns", "train", "samples")!.Mean);
        Assert.InRange(summary.Find("patterns", "train", "byte_share")!.Mean, 0.001, 0.3);
        Assert.InRange(summary.Find("chance", "train", "byte_share")!.Mean, 0.3, 0.45);
        Assert.Equal(1, summary.Find("teacher", "test", "auc")!.Mean);
        Assert.Equal(1, summary.Find("on-patterns", "test", "auc")!.Mean);
        Assert.NotNull(summary.Find("distilled", "test", "auc"));
    }

    [Theory]
    [InlineData("teacher")]
    [InlineData("on-patterns")]
    [InlineData("distilled")]
    public void Interrupted_it_ends_with_the_same_bits(string stage) =>
        Assert.Equal(Run(Graphs, "whole", null, stage), Run(Graphs, "interrupted", stage, stage));

    [Theory]
    [InlineData("teacher")]
    [InlineData("student")]
    public void So_does_a_network_that_holds_a_graph(string stage) =>
        Assert.Equal(Run(Nodes, "whole", null, stage), Run(Nodes, "interrupted", stage, stage));

    [Fact]
    public void A_student_of_rows_learns_from_a_teacher_of_the_graph()
    {
        RunSummary summary = Runner.Run(Document(Nodes), Options("run"), new StopAt(null), default);
        Assert.Equal(1, summary.Find("teacher", "test", "accuracy")!.Mean);
        Assert.InRange(summary.Find("student", "test", "accuracy")!.Mean, 0.3, 1);
        Dataset all = new Retort.Data.Sets.NodeGraphSet { Unlabelled = true }.Load(_folder.Path, "train");
        Assert.Equal(12, all.Count);
    }

    [Theory]
    [InlineData(Graphs, "sample_by: weight", "sample_by: weight, train_samples: 2", "draws from all samples that an earlier stage made")]
    [InlineData(Graphs, "train_on: patterns, sample_by: weight", "sample_by: weight", "draws from all samples that an earlier stage made")]
    [InlineData(Graphs, "sample_by: weight", "sample_by: wight", "samples of 'patterns' have no field 'wight'; they have: weight")]
    [InlineData(Graphs, "by: { mirage: { depth: 2, support: [0.5] } }", "by: { mirage: { depth: 2, support: [0] } }", "support")]
    [InlineData(Graphs, "support: [0.5]", "support: [0.5, 0.5, 0.5]", "support: 3 shares for 2 classes")]
    [InlineData(Graphs, "collection: T", "collection: ../T", "letters, digits, hyphens and underscores")]
    [InlineData(Graphs, "in_channels: 2, classes: 2, depth: 2, width: 8", "in_channels: 1, classes: 2, depth: 2, width: 8", "(gin) cannot take")]
    [InlineData(Nodes, "nodes: 12, edges: 12", "nodes: 12, edges: 11", "is for 12 nodes, 3 in_channels and 11 edges; the data has features [12, 3] and edges [12, 2]")]
    [InlineData(Nodes, "first: 1,", "first: 2,", "cannot take samples of [4]")]
    public void What_does_not_go_together_is_said(string recipe, string good, string bad, string expected)
    {
        Assert.Contains(good, recipe, StringComparison.Ordinal);
        RecipeDocument document = Document(recipe.Replace(good, bad, StringComparison.Ordinal));
        Exception error = Record.Exception(() => Runner.Run(document, Options("run"), new StopAt(null), default));
        Assert.True(error is RecipeException or RunException { IsInputWrong: true }, $"{error}");
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Samples_that_are_no_graphs_and_graphs_that_are_no_samples_are_refused_before_anything_runs()
    {
        string text = Nodes.Replace("  - evaluate", "  - condense: { by: random-graphs }\n  - evaluate", StringComparison.Ordinal);
        RecipeException error = Assert.Throws<RecipeException>(() => Runner.Run(Document(text), Options("run"), new StopAt(null), default));
        Assert.Contains("'random-graphs' works on graphs, and the data's samples are [4] of Float32", error.Message, StringComparison.Ordinal);
    }

    private string Run(string recipe, string name, string? stopAt, string stage)
    {
        RecipeDocument document = Document(recipe);
        if (stopAt is not null)
        {
            using var progress = new StopAt(stopAt);
            Assert.ThrowsAny<OperationCanceledException>(() => Runner.Run(document, Options(name), progress, progress.Token));
        }

        Runner.Run(document, Options(name) with { Resume = true }, new StopAt(null), default);
        return Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(FileOf(name, stage, "model.safetensors"))));
    }

    private string FileOf(string run, string stage, string file) => Path.Combine(_folder.Path, run, "seed-3", stage, file);

    private RecipeDocument Document(string recipe) => RecipeDocument.Load(_folder.Write("recipe.yaml", recipe));

    private RunOptions Options(string name) => new() { Out = Path.Combine(_folder.Path, name) };
}
