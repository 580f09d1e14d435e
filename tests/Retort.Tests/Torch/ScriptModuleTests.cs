using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Torch.Serialization;

namespace Retort.Tests.Torch;

public sealed class ScriptModuleTests : IDisposable
{
    private const string TeacherInPython = """
        import sys, torch
        from torch import nn
        class Block(nn.Module):
            def __init__(self, i, o):
                super().__init__()
                self.conv1 = nn.Conv2d(i, o, 3, padding=1)
                self.bn1 = nn.BatchNorm2d(o)
            def forward(self, x):
                return torch.relu(self.bn1(self.conv1(x)))
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.layer1 = nn.Sequential(Block(3, 4), Block(4, 4))
                self.layer2 = Block(4, 8)
                self.fc = nn.Linear(8, 5)
            def forward(self, x):
                x = self.layer2(self.layer1(x))
                return self.fc(x.mean([2, 3]))
        torch.manual_seed(0)
        net = Net()
        net.layer1[0].bn1.running_mean.uniform_()
        net.eval()
        x = torch.randn(2, 3, 6, 6)
        how, folder = sys.argv[1:]
        script = torch.jit.trace(net, x) if how == "trace" else torch.jit.script(net)
        script.save(folder + "/net.pt")
        h0 = net.layer1[0](x); h1 = net.layer1(x); c = net.layer2.conv1(h1); h2 = net.layer2(h1)
        tensors = {"x": x, "y": net(x), "layer1.0": h0, "layer1.1": h1, "layer1": h1, "layer2.conv1": c, "layer2": h2, "fc:in": h2.mean([2, 3])}
        import json
        print(json.dumps({k: v.flatten().tolist() for k, v in tensors.items()}))
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("retort-").FullName;
    private readonly TensorScope _scope = new();

    public void Dispose()
    {
        _scope.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string PathOf(string name) => Path.Combine(_folder, name);

    private static Sequential Network()
    {
        using var random = new Generator(11);
        var net = new Sequential(
            new Conv2d(3, 8, 3, padding: 1, bias: false), new BatchNorm2d(8), new Relu(), new AdaptiveAvgPool2d(1), new Flatten(), new Linear(8, 5));
        foreach (Parameter parameter in net.Parameters())
            parameter.Value.Detach().NormalInPlace(0, 0.3, random);
        net.Call(Tensor.Randn(random, 16, 3, 8, 8) + 1);
        net.Eval();
        return net;
    }

    private static void Near(Tensor expected, Tensor found, double tolerance) =>
        Assert.InRange((expected - found).Abs().Max().ToDouble(), 0, tolerance);

    [Fact]
    public void A_traced_module_gives_what_the_module_gives_after_saving_and_loading()
    {
        using Sequential net = Network();
        Tensor x = Tensor.Randn(new Generator(5), 4, 3, 8, 8);
        using (ScriptModule traced = ScriptModule.Trace(net, x))
            traced.Save(PathOf("net.pt"));
        using ScriptModule loaded = ScriptModule.Load(PathOf("net.pt"));
        Assert.Equal(net.StateDict().Keys.Order(), loaded.StateDict().Keys.Order());
        Near(net.Call(x), loaded.Call(x)[0], 0);
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Freezing_folds_batch_norms_and_changes_the_output_by_rounding_only(bool onednn)
    {
        using Sequential net = Network();
        Tensor x = Tensor.Randn(new Generator(5), 4, 3, 8, 8);
        using ScriptModule traced = ScriptModule.Trace(net, x);
        using ScriptModule frozen = traced.Freeze(onednn);
        Near(net.Call(x), frozen.Call(x)[0], 1e-5);
        Assert.Empty(frozen.StateDict());
    }

    [SkippableFact]
    public void PyTorch_loads_what_we_trace_with_its_parameter_names()
    {
        using Sequential net = Network();
        Tensor x = Tensor.Randn(new Generator(5), 4, 3, 8, 8);
        using ScriptModule traced = ScriptModule.Trace(net, x);
        traced.Save(PathOf("net.pt"));
        File.WriteAllBytes(PathOf("x.bin"), [.. x.ToArray<float>().SelectMany(BitConverter.GetBytes)]);
        string[] printed = PythonTorch.Run(
            """
            import sys, torch, numpy
            m = torch.jit.load(sys.argv[1] + "/net.pt")
            print(" ".join(sorted(dict(m.named_parameters()))))
            print(" ".join(sorted(dict(m.named_buffers()))))
            x = torch.from_numpy(numpy.fromfile(sys.argv[1] + "/x.bin", dtype="float32").reshape(4, 3, 8, 8))
            print(" ".join(repr(v) for v in m(x).flatten().tolist()))
            """,
            _folder).Split('\n');
        Assert.Equal("0.weight 1.bias 1.weight 5.bias 5.weight", printed[0]);
        Assert.Equal("1.num_batches_tracked 1.running_mean 1.running_var", printed[1]);
        Near(net.Call(x).Flatten(), Tensor.From(Array.ConvertAll(printed[2].Split(' '), float.Parse)), 1e-6);
    }

    [SkippableTheory]
    [InlineData("trace")]
    [InlineData("script")]
    public void A_model_from_PyTorch_is_tapped_at_its_sub_modules(string how)
    {
        Dictionary<string, Tensor> expected = FromPython(how);
        using ScriptModule net = ScriptModule.Load(PathOf("net.pt"));
        Assert.Contains("layer1.0.conv1", net.ModulePaths());
        using ScriptModule tapped = net.WithTaps(["layer1.0", "layer1.1", "layer1", "layer2.conv1", "layer2"], inputs: ["fc"]);
        Assert.Equal(6, tapped.TapCount);
        using GradMode off = Autograd.NoGrad();
        Tensor[] results = tapped.Call(expected["x"].Reshape([2, 3, 6, 6]));
        string[] names = ["y", "layer1.0", "layer1.1", "layer1", "layer2.conv1", "layer2", "fc:in"];
        Assert.Equal(names.Length, results.Length);
        foreach ((string name, Tensor found) in names.Zip(results))
            Near(expected[name], found.Flatten(), 1e-5);

        // The module itself is as before, and a frozen one still gives its taps.
        Assert.Single(net.Call(expected["x"].Reshape([2, 3, 6, 6])));
        using ScriptModule frozen = tapped.Freeze(onednn: false);
        Near(expected["layer1"], frozen.Call(expected["x"].Reshape([2, 3, 6, 6]))[3].Flatten(), 1e-5);
    }

    [SkippableFact]
    public void What_cannot_be_tapped_is_said()
    {
        FromPython("trace");
        using ScriptModule net = ScriptModule.Load(PathOf("net.pt"));
        Assert.Contains("no sub-module 'layer9'", Refusal(net, "layer9"), StringComparison.Ordinal);
        using ScriptModule frozen = net.Freeze();
        Assert.Contains("it has none", Refusal(frozen, "layer1"), StringComparison.Ordinal);
        using Sequential own = Network();
        using ScriptModule flat = ScriptModule.Trace(own, Tensor.Zeros(1, 3, 8, 8));
        Assert.Contains("traced flat or frozen", Refusal(flat, "0"), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_sub_module_under_control_flow_is_refused_and_one_that_gives_a_pair_too()
    {
        PythonTorch.Run(
            """
            import sys, torch
            from torch import nn
            class Pair(nn.Module):
                def forward(self, x):
                    return x, x
            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.a = nn.Linear(2, 2)
                    self.pair = Pair()
                def forward(self, x):
                    if x.sum() > 0:
                        x = self.a(x)
                    return self.pair(x)[0]
            torch.jit.script(Net()).save(sys.argv[1] + "/net.pt")
            """,
            _folder);
        using ScriptModule net = ScriptModule.Load(PathOf("net.pt"));
        Assert.Contains("inside an if or a loop", Refusal(net, "a"), StringComparison.Ordinal);
        Assert.Contains("only a tensor can be tapped", Refusal(net, "pair"), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_script_among_our_modules_has_weights_taps_and_gradients()
    {
        Dictionary<string, Tensor> expected = FromPython("trace");
        Tensor x = expected["x"].Reshape([2, 3, 6, 6]);
        using Scripted net = Scripted.Load(PathOf("net.pt"));
        Assert.False(net.Training);
        Assert.Contains("layer1.0.bn1.running_mean", net.StateDict().Keys);
        Assert.Equal((3 * 4 * 9) + 4 + 8 + (4 * 4 * 9) + 4 + 8 + (4 * 8 * 9) + 8 + 16 + 45, net.ParameterCount());
        Near(expected["y"], net.Call(x).Flatten(), 1e-5);

        Tensor? seen = null, entered = null;
        using (net.Find("layer1.0").OnOutput(t => Keep(ref seen, t)))
        using (net.Find("fc").OnInput(t => Keep(ref entered, t)))
            net.Call(x).Sum().Backward();
        Near(expected["layer1.0"], seen!.Flatten(), 1e-5);
        Near(expected["fc:in"], entered!.Flatten(), 1e-5);
        Assert.NotNull(net.NamedParameters().First(p => p.Key == "layer1.0.conv1.weight").Value.Value.Grad);

        var zeros = new Dictionary<string, Tensor> { ["fc.weight"] = Tensor.Zeros(5, 8), ["fc.bias"] = Tensor.Full([5], 3) };
        using (net.WithParameters(zeros))
            Assert.All(net.Call(x).Detach().ToArray<float>(), v => Assert.Equal(3, v));
        Near(expected["y"], net.Call(x).Flatten(), 1e-5);
        net.To(dtype: DType.Float64);
        Assert.Equal(DType.Float64, net.Call(x.To(DType.Float64)).DType);
        using (net.Find("layer2").OnOutput(t => t * 2))
            Assert.Throws<NotSupportedException>(() => net.Call(x.To(DType.Float64)));

        static Tensor? Keep(ref Tensor? place, Tensor tensor)
        {
            place = tensor;
            return null;
        }
    }

    [Fact]
    public void A_file_that_is_no_script_is_refused()
    {
        File.WriteAllText(PathOf("net.pt"), "not an archive");
        Assert.Throws<TorchException>(() => ScriptModule.Load(PathOf("net.pt")));
        Assert.Throws<FileNotFoundException>(() => ScriptModule.Load(PathOf("absent.pt")));
        SafeTensors.Write(PathOf("weights.safetensors"), [new("w", Tensor.Ones(1))]);
        Assert.Throws<TorchException>(() => Scripted.Load(PathOf("weights.safetensors")));
    }

    private static string Refusal(ScriptModule script, string path) =>
        Assert.Throws<ArgumentException>(() => script.WithTaps([path])).Message;

    private Dictionary<string, Tensor> FromPython(string how)
    {
        string json = PythonTorch.Run(TeacherInPython, how, _folder);
        Dictionary<string, float[]> values = System.Text.Json.JsonSerializer.Deserialize<Dictionary<string, float[]>>(json.Split('\n')[0])!;
        return values.ToDictionary(v => v.Key, v => Tensor.From(v.Value));
    }
}
