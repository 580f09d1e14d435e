using Retort.Models;
using Retort.Recipes;
using Retort.Runs;
using Retort.Runs.Checks;
using Retort.Stages;
using Retort.Tests.Cli;
using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Training.Optimizers;

namespace Retort.Tests.Runs.Checks;

public sealed class MemoryCheckTests
{
    public static TheoryData<string> Models => [.. ModelCatalog.All.Select(m => m.Name)];

    [Theory, MemberData(nameof(Models))]
    public void A_network_is_counted_without_memory_as_it_is_with(string model)
    {
        ModelOptions options = ModelCatalog.Find(model)!.Defaults;
        using var scope = new TensorScope();
        using IDisposable skip = Init.Skip();
        using Module built = options.Build();
        NetworkSize size = NetworkSize.Of(options);
        Assert.Equal(built.ParameterCount(), size.Parameters);
        IEnumerable<Tensor> held = built.Parameters().Select(p => p.Value).Concat(built.NamedBuffers().Select(b => b.Value.Value));
        Assert.Equal(held.Sum(t => t.NumElements * t.DType.Size()), size.Bytes);
    }

    // By hand: 3 × 3 convolutions of 1→w→2w→4w channels, their batch-norms' weight and bias, and 4w → 36 with a bias.
    [Fact]
    public void A_width_that_no_machine_holds_is_refused_with_its_bytes()
    {
        const double Width = 10_000_000, Parameters = 9 * (Width + 2 * Width * Width + 8 * Width * Width) + 14 * Width + 144 * Width + 36;
        Diagnostic error = Assert.Single(CheckedRecipe.Errors(CheckedRecipe.Changed("width: 6", "width: 10000000"), withData: false));
        Assert.Equal("R1303", error.Code.Id);
        Assert.Contains($"role 'teacher' (small-cnn) has {Parameters:#,0} parameters, which take ", error.Message, StringComparison.Ordinal);
        Assert.Contains($"{MachineMemory.Text(4 * Parameters + 56 * Width)}; this machine has ", error.Message, StringComparison.Ordinal);
        Assert.Equal("a smaller width than 10000000", error.Expected);
        Assert.Equal("width: 10000000", TinyRecipe.Text.Split('\n')[6][..(error.Span!.Value.Column - 1)][^"width: ".Length..] + "10000000");
    }

    [Theory]
    [InlineData("width: 6", "width: 2000000000", "a smaller width than 2000000000")]
    [InlineData("hidden: [16]", "hidden: [2000000000, 2000000000]", "a smaller hidden than 2000000000")]
    [InlineData("model: small-cnn, width: 6", "model: cifar-resnet8, depth: 1999999994", "a smaller depth than 1999999994")]
    [InlineData("image_size: 28, classes: 36", "image_size: 28, classes: 2000000000", "a smaller classes than 2000000000")]
    public void Absurd_sizes_are_refused_at_the_key_that_has_them(string right, string wrong, string expected)
    {
        long before = Environment.WorkingSet;
        Diagnostic error = Assert.Single(CheckedRecipe.Errors(CheckedRecipe.Changed(right, wrong), withData: false));
        Assert.Equal(("R1303", expected), (error.Code.Id, error.Expected));
        Assert.InRange(Environment.WorkingSet - before, long.MinValue, 1L << 30);
    }

    [Fact]
    public void Options_that_contradict_each_other_are_no_matter_of_memory()
    {
        string text = CheckedRecipe.Changed("model: small-cnn, width: 6", "model: cifar-resnet8, depth: 9");
        Diagnostic error = Assert.Single(CheckedRecipe.Errors(text, withData: false));
        Assert.Equal("R1302", error.Code.Id);
        Assert.StartsWith("role 'teacher': ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Batches_that_do_not_fit_are_refused_with_a_size_that_does()
    {
        (double[] totals, double[] fixedParts) = Estimates();
        Assert.Empty(Errors(totals.Max()));
        Diagnostic error = Assert.Single(Errors(totals.Max() - 1));
        Assert.Equal(("R1303", "a batch_size of at most 47"), (error.Code.Id, error.Expected));
        Assert.Matches(@"^stage 'teacher' takes about .* with batches of 48 \(student .*, batch .*\); this machine has ", error.Message);
        Assert.Empty(Errors(totals.Max() - 1, batch: 47));
        Assert.All(Errors(fixedParts.Min() - 1), e => Assert.Equal("smaller networks", e.Expected));
    }

    // The state of each, from the optimisers' definitions.
    [Fact]
    public void Optimisers_remember_what_their_papers_say()
    {
        Assert.Equal(0, OptimizerState.CopiesOf(new SgdChoice { Momentum = 0, Nesterov = false }));
        Assert.Equal(1, OptimizerState.CopiesOf(new SgdChoice { Momentum = 0.9 }));
        Assert.Equal(2, OptimizerState.CopiesOf(new AdamWChoice()));
        Assert.Equal(1, OptimizerState.CopiesOf(new AdagradChoice()));
    }

    // A convolution to [4, 14, 14], a batch-norm and a ReLU of the same size, twice more at half the side, and so on: by hand.
    [Fact]
    public void Everything_that_modules_give_is_counted_once()
    {
        using var scope = new TensorScope();
        using Module model = ModelCatalog.Find("small-cnn")!.Defaults with { InChannels = 1, Classes = 36 } is var options ? options.Build() : null!;
        NetworkTrial trial = NetworkTrial.Of(model, Tensor.Zeros(1, 1, 28, 28));
        const double First = 16 * 14 * 14, Second = 32 * 7 * 7, Third = 64 * 4 * 4;
        Assert.Equal(4 * (3 * (First + Second + Third) + 64 + 64 + 36), trial.ActivationBytes);
        Assert.Equal(4 * First, trial.LargestBytes);
        Assert.Equal([36L], trial.Output);
    }

    // Five nodes' two features of the graph's two layers are there once, a row of logits and of features for each sample.
    [Fact]
    public void What_a_network_holds_for_all_samples_is_not_counted_for_each()
    {
        using var scope = new TensorScope();
        using Module model = new Retort.Models.Graphs.GcnOptions { Nodes = 5, Edges = 2, InChannels = 3, Width = 2, Classes = 4 }.Build();
        NetworkTrial trial = NetworkTrial.Of(model, Tensor.Zeros(1, 4));
        Assert.Equal(4 * (4 + 2), trial.ActivationBytes);
        Assert.True(trial.SharedBytes >= 4 * 5 * (2 + 4), $"{trial.SharedBytes}");
        Assert.Equal([4L], trial.Output);
    }

    [Theory]
    [InlineData(0, "0 bytes")]
    [InlineData(999, "999 bytes")]
    [InlineData(1024, "1.00 KiB")]
    [InlineData(16_777_216_000, "15.6 GiB")]
    [InlineData(1e18, "888 PiB")]
    [InlineData(1e25, "8673617 EiB")]
    public void Amounts_are_written_in_their_unit(double bytes, string text) => Assert.Equal(text, MachineMemory.Text(bytes));

    [Fact]
    public void A_machine_has_some_memory() => Assert.InRange(MachineMemory.TotalBytes, 1L << 28, 1L << 50);

    private static IReadOnlyList<Diagnostic> Errors(double available, int batch = 48)
    {
        Binding<Recipe> binding = Bind(batch);
        using var plan = new RecipePlan(binding, RetortCatalog.Default);
        using var data = new DataProviders(binding.Value!.Data, RetortCatalog.Default);
        MemoryCheck.RefuseStages(plan, binding, data, available);
        return binding.Errors;
    }

    private static (double[] Totals, double[] Fixed) Estimates()
    {
        Binding<Recipe> binding = Bind(48);
        using var plan = new RecipePlan(binding, RetortCatalog.Default);
        using var data = new DataProviders(binding.Value!.Data, RetortCatalog.Default);
        MemoryEstimate[] found =
            [.. binding.Value.Stages.OfType<TrainStageOptions>().Select(stage => MemoryEstimate.Of(plan, stage, data.For(null)!)!)];
        return ([.. found.Select(e => e.TotalBytes)], [.. found.Select(e => e.FixedBytes)]);
    }

    private static Binding<Recipe> Bind(int batch) => Recipe.Bind(
        RecipeDocument.Parse(TinyRecipe.Text.Replace("batch_size: 48", $"batch_size: {batch}", StringComparison.Ordinal)),
        RetortCatalog.Default);
}
