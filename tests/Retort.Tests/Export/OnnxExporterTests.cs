using Retort.Export;
using Retort.Export.Onnx;
using Retort.Models.Vision;
using Retort.Tests.Data;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Export;

[Collection("default generator")]
public sealed class OnnxExporterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TensorScope _scope = new();

    private string Target => Path.Combine(_folder.Path, "model.onnx");

    [Fact]
    public void Weights_keep_the_names_of_the_state_dict()
    {
        using Module model = new CifarResNetOptions { Depth = 8, Width = 4 }.Build();
        OnnxExporter.Export(model, Tensor.Ones(1, 3, 16, 16), Target);
        IEnumerable<string> expected = model.StateDict().Keys.Where(k => !k.EndsWith("num_batches_tracked", StringComparison.Ordinal));
        Assert.Empty(expected.Except(OnnxFile.Read(Target).Initializers));
    }

    [Fact]
    public void The_file_says_what_it_is()
    {
        using var model = new Linear(3, 2);
        OnnxExport written = OnnxExporter.Export(model, Tensor.Ones(1, 3), Target, new OnnxExportOptions
        {
            InputNames = ["pixels"],
            OutputNames = ["logits"],
            Metadata = new Dictionary<string, string> { ["labels"] = "[\"cat\",\"dog\"]" },
        });
        OnnxFile file = OnnxFile.Read(Target);
        Assert.Equal((8, 17), (file.IrVersion, file.Opset));
        Assert.Equal(["pixels[batch, 3]"], file.Inputs);
        Assert.Equal(["logits[batch, 2]"], file.Outputs);
        Assert.Equal(["Gemm"], file.Operators);
        Assert.Equal("[\"cat\",\"dog\"]", file.Metadata["labels"]);
        Assert.Equal(new FileInfo(Target).Length, written.Bytes);
    }

    [Fact]
    public void A_fixed_batch_stays_as_the_example_has_it()
    {
        using var model = new Linear(3, 2);
        OnnxExporter.Export(model, Tensor.Ones(7, 3), Target, new OnnxExportOptions { DynamicBatch = false });
        Assert.Equal(["input[7, 3]"], OnnxFile.Read(Target).Inputs);
    }

    [Fact]
    public void The_same_model_gives_the_same_bytes()
    {
        using Module model = new SmallCnnOptions { InChannels = 1, Width = 4 }.Build();
        OnnxExporter.Export(model, Tensor.Ones(1, 1, 28, 28), Target);
        byte[] first = File.ReadAllBytes(Target);
        OnnxExporter.Export(model, Tensor.Ones(3, 1, 28, 28), Target);
        Assert.Equal(first, File.ReadAllBytes(Target));
    }

    [Fact]
    public void Training_mode_comes_back_part_by_part()
    {
        using var model = new Sequential(new Dropout(0.5), new BatchNorm1d(3));
        model.Children[1].Value.Eval();
        OnnxExporter.Export(model, Tensor.Ones(2, 3), Target);
        Assert.True(model.Training);
        Assert.True(model.Children[0].Value.Training);
        Assert.False(model.Children[1].Value.Training);
    }

    [Fact]
    public void An_operator_without_a_form_is_named_with_its_module_and_nothing_is_written()
    {
        using var model = new Sequential(new Linear(4, 4), new Probe(x => x + (Tensor)new Operator("aten::det").Call(x.MatMul(x.Transpose(0, 1)))[0]!));
        File.WriteAllText(Target, "before");
        var error = Assert.Throws<ExportException>(() => OnnxExporter.Export(model, Tensor.Ones(1, 4), Target));
        Assert.Equal(("aten::linalg_det", "Probe", "1"), (error.Operator, error.ModuleClass, error.ModulePath));
        Assert.StartsWith(
            "'aten::linalg_det' in Probe ('1') cannot be written as ONNX (opset 17): there is no way yet to write this operator.", error.Message,
            StringComparison.Ordinal);
        Assert.Equal("before", File.ReadAllText(Target));
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void A_tensor_of_managed_data_inside_a_forward_is_refused()
    {
        using var model = new Probe(x => x * Tensor.From(new float[] { 1, 2, 3 }));
        var error = Assert.Throws<ExportException>(() => OnnxExporter.Export(model, Tensor.Ones(1, 3), Target));
        Assert.Contains("register them with Buffer", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_write_into_a_view_is_refused()
    {
        using var model = new Probe(x =>
        {
            Tensor y = x * 2;
            y.Select(1, 0).ZeroInPlace();
            return y;
        });
        var error = Assert.Throws<ExportException>(() => OnnxExporter.Export(model, Tensor.Ones(1, 3), Target));
        Assert.Equal("aten::zero_", error.Operator);
    }

    [Fact]
    public void A_number_computed_from_the_batch_is_refused_unless_the_batch_is_fixed()
    {
        using var model = new Probe(x => x * (1.0 / x.Size(0)));
        var error = Assert.Throws<ExportException>(() => OnnxExporter.Export(model, Tensor.Ones(1, 3), Target));
        Assert.Contains("0.5, 0.3333333333333333, 0.2 at batch sizes 2, 3, 5", error.Message, StringComparison.Ordinal);
        OnnxExporter.Export(model, Tensor.Ones(4, 3), Target, new OnnxExportOptions { DynamicBatch = false });
    }

    [Fact]
    public void Names_that_collide_are_refused()
    {
        using var model = new Linear(3, 2);
        Assert.Throws<ExportException>(() => OnnxExporter.Export(
            model, Tensor.Ones(1, 3), Target, new OnnxExportOptions { OutputNames = ["weight"] }));
    }

    [SkippableFact]
    public void Several_inputs_and_outputs_keep_their_order()
    {
        Skip.If(OnnxRuntime.Missing is not null, OnnxRuntime.Missing);
        using var model = new Linear(3, 2);
        OnnxExporter.Export(
            model, inputs => [model.Call(inputs[0]) * inputs[1], inputs[1], inputs[0].Sum([1])], [Tensor.Ones(1, 3), Tensor.Ones(1, 1)],
            Target, new OnnxExportOptions { InputNames = ["x", "gate"], OutputNames = ["gated", "same", "sum"] });
        Tensor x = Tensor.From(new float[,] { { 1, 2, 3 }, { 4, 5, 6 } }), gate = Tensor.From(new float[,] { { 0 }, { 10 } });
        OnnxResult result = OnnxRuntime.Run([new OnnxRun("two", Target, [[x, gate]])], _folder.Path)[0];
        Assert.Null(result.Error);
        Assert.Equal(["x", "gate"], result.InputNames);
        Assert.Equal(["gated", "same", "sum"], result.OutputNames);
        Assert.Equal([0, 0], result.Batches[0][0].Numbers[..2]);
        Assert.Equal([0, 10], result.Batches[0][1].Numbers);
        Assert.Equal([6, 15], result.Batches[0][2].Numbers);
    }

    // Traced by PyTorch: sizes are operators there, and the batch's goes through arithmetic into a view and a range.
    [SkippableFact]
    public void A_TorchScript_file_of_PyTorch_keeps_its_names_and_its_free_batch()
    {
        using Scripted script = Scripted.Load(Path.Combine(AppContext.BaseDirectory, "Export", "Fixtures", "sizes.pt"));
        OnnxExporter.Export(script, Tensor.Ones(1, 2, 8, 8), Target);
        string[] initializers = OnnxFile.Read(Target).Initializers;
        Assert.Contains("body.0.weight", initializers);
        Assert.Contains("body.1.running_var", initializers);
        Assert.Contains("head.bias", initializers);

        Skip.If(OnnxRuntime.Missing is not null, OnnxRuntime.Missing);
        var generator = new Generator(3);
        Tensor[] inputs = [Tensor.Randn(generator, 1, 2, 8, 8), Tensor.Randn(generator, 5, 2, 8, 8)];
        OnnxResult result = OnnxRuntime.Run([new OnnxRun("script", Target, [.. inputs.Select(i => new[] { i })])], _folder.Path)[0];
        Assert.Null(result.Error);
        foreach ((Tensor input, OnnxOutput[] outputs) in inputs.Zip(result.Batches))
        {
            float[] expected = script.Call(input).ToArray<float>();
            Assert.Equal(expected.Length, outputs[0].Numbers.Length);
            Assert.All(expected.Zip(outputs[0].Numbers), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
        }
    }

    [Fact]
    public void A_graph_that_is_not_well_formed_is_refused()
    {
        var input = new OnnxPort("x", DType.Float32, [null]);
        OnnxGraph Graph(params OnnxNode[] nodes) => new("g", [input], [new OnnxPort("y", DType.Float32, [null])], nodes, []);
        OnnxNode Node(string name, string from, string to) => new("Relu", name, [from], [to], []);

        OnnxChecker.Check(Graph(Node("a", "x", "h"), Node("b", "h", "y")));
        Assert.Throws<ExportException>(() => OnnxChecker.Check(Graph(Node("b", "h", "y"), Node("a", "x", "h"))));
        Assert.Throws<ExportException>(() => OnnxChecker.Check(Graph(Node("a", "x", "y"), Node("b", "x", "y"))));
        Assert.Throws<ExportException>(() => OnnxChecker.Check(Graph(Node("a", "x", "h"), Node("a", "h", "y"))));
        Assert.Throws<ExportException>(() => OnnxChecker.Check(Graph(Node("a", "x", "h"))));
    }

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }
}
