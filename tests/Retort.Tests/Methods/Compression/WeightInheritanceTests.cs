using Retort.Methods.Compression;
using Retort.Torch;

namespace Retort.Tests.Methods.Compression;

[Collection("default generator")]
public sealed class WeightInheritanceTests
{
    private const string Towers =
        """
        recipe: 1
        name: tiny
        seeds: [5]
        threads: 1
        device: cpu
        data: { dataset: glyph-captions, train: 64, test: 20, batch_size: 16 }
        roles:
          teacher: { model: two-tower, width: 8, depth: 4, embedding: 4, token_width: 4 }
          student: { model: two-tower, width: STUDENT, depth: 2, embedding: 4, token_width: 4 }
        defaults:
          train: { epochs: 2, evaluate_every: 0, optimizer: { adam: { lr: 0.001 } } }
        stages:
          - train: { name: teacher, role: teacher, criteria: [contrastive] }
          - train:
              name: heir
              role: student
              init_from: teacher
              inherit: tinyclip-inherit
              teachers: [teacher]
              criteria: [tinyclip-affinity]
          - evaluate: { models: [teacher, heir] }

        """;

    private static MethodRun Recipe(int width) => MethodRun.Of(Towers.Replace("STUDENT", $"{width}", StringComparison.Ordinal));

    // Five layers for two: 0 and ⌊5 / 2⌋ = 2, in both of the nested stacks.
    [Fact]
    public void Every_so_many_layers_and_their_leading_units_are_kept()
    {
        using var scope = new TensorScope();
        var from = new Dictionary<string, Tensor>();
        for (int k = 0; k < 5; k++)
        {
            for (int inner = 0; inner < 2; inner++)
                from[$"blocks.{k}.{inner}.weight"] = Tensor.Arange(12).Reshape([3, 4]).Add((100 * k) + (1000 * inner));
        }

        Dictionary<string, Tensor> to = new()
        {
            ["blocks.0.0.weight"] = Tensor.Zeros(2, 2),
            ["blocks.1.0.weight"] = Tensor.Zeros(1, 3),
            ["blocks.1.1.weight"] = Tensor.Zeros(1, 1),
        };
        IReadOnlyDictionary<string, Tensor> found = new WeightInheritance().Cut(from, to);
        Assert.Equal([0L, 1, 4, 5], found["blocks.0.0.weight"].ToArray<long>());
        Assert.Equal([200L, 201, 202], found["blocks.1.0.weight"].ToArray<long>());
        Assert.Equal([1200L], found["blocks.1.1.weight"].ToArray<long>());
    }

    [Theory]
    [InlineData("attn.qkv.weight")]
    [InlineData("in_proj_weight")]
    public void Queries_keys_and_values_are_cut_each_by_itself(string name)
    {
        using var scope = new TensorScope();
        var from = new Dictionary<string, Tensor> { [name] = Tensor.Arange(12).Reshape([6, 2]) };
        Tensor found = new WeightInheritance().Cut(from, new Dictionary<string, Tensor> { [name] = Tensor.Zeros(3, 1) })[name];
        Assert.Equal([0L, 4, 8], found.ToArray<long>());
    }

    [Theory]
    [InlineData("fc.weight", 4, "'fc.weight' [4, 2] cannot be cut out of 'fc.weight' [3, 2]: it must be nowhere larger.")]
    [InlineData("other.weight", 2, "there is no 'other.weight' to cut 'other.weight' out of.")]
    public void A_network_that_is_no_part_is_refused_by_its_parameter(string name, long rows, string message)
    {
        using var scope = new TensorScope();
        var from = new Dictionary<string, Tensor> { ["fc.weight"] = Tensor.Zeros(3, 2) };
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => new WeightInheritance().Cut(from, new Dictionary<string, Tensor> { [name] = Tensor.Zeros(rows, 2) }));
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_larger_student_is_refused_before_anything_is_trained()
    {
        using MethodRun run = Recipe(16);
        Exception error = Assert.ThrowsAny<Exception>(() => run.Run("wrong"));
        Assert.Contains("role 'student' cannot begin with 'teacher'", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(run.FileOf("wrong", "teacher")));
    }

    [Fact]
    public void Towers_are_trained_on_captions_measured_and_taken_up_again_with_the_same_bits()
    {
        using MethodRun run = Recipe(4);
        Dictionary<string, double> figures = run.Run("whole");
        Assert.InRange(figures["evaluate/heir/recall"], 0, 1);
        run.Run("again", stopAt: "heir", steps: 3);
        Assert.Equal(MethodRun.Digest(run.FileOf("whole", "heir")), MethodRun.Digest(run.FileOf("again", "heir")));
    }

    [Fact]
    public void An_inheritance_without_a_donor_is_a_problem_of_the_recipe()
    {
        using MethodRun run = MethodRun.Of(Towers.Replace("STUDENT", "4", StringComparison.Ordinal)
            .Replace("      init_from: teacher\n", "", StringComparison.Ordinal));
        Assert.Contains(run.Problems(), p => p.Contains("there is no network to inherit from", StringComparison.Ordinal));
    }
}
