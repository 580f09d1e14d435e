using System.Text.Json;
using Retort.Distillation;
using Retort.Tests.Data;
using Retort.Tests.Torch;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Docs;

public sealed class ScriptedTeacherTests
{
    private const string Network = """
        import collections, json, sys, torch
        torch.manual_seed(0)
        net = torch.nn.Sequential(collections.OrderedDict(
            layer3=torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.ReLU()),
            pool=torch.nn.AdaptiveAvgPool2d(1), flatten=torch.nn.Flatten(), fc=torch.nn.Linear(4, 5))).eval()
        x = torch.arange(2 * 3 * 6 * 6).reshape(2, 3, 6, 6).float().sin()
        torch.jit.trace(net, x[:1]).save(sys.argv[1])
        print(json.dumps({"logits": net(x).flatten().tolist(), "layer3": net.layer3(x).flatten().tolist()}))
        """;

    // docs/bring-a-pytorch-teacher.md, with a real file.
    [SkippableFact]
    public void A_network_from_pytorch_teaches_with_logits_and_taps()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "teacher.pt");
        var expected = JsonSerializer.Deserialize<Dictionary<string, float[]>>(PythonTorch.Run(Network, path).Split('\n')[0])!;
        using var scope = new TensorScope();
        using Scripted network = Scripted.Load(path);
        using var teacher = new FrozenTeacher(new Role("teacher", network), taps: ["layer3"]);
        Tensor input = Tensor.Arange(2 * 3 * 6 * 6).Reshape([2, 3, 6, 6]).To(DType.Float32).Sin();
        RoleSignals hints = teacher.Run(input);
        Near(expected["logits"], hints.Logits);
        Near(expected["layer3"], hints.Tap("layer3"));
        Assert.False(hints.Logits.RequiresGrad);
    }

    private static void Near(float[] expected, Tensor found)
    {
        float[] values = found.ToArray<float>();
        Assert.Equal(expected.Length, values.Length);
        Assert.All(values.Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 1e-4f));
    }
}
