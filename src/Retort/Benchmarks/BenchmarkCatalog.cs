namespace Retort.Benchmarks;

/// <summary>The benchmarks that <c>retort bench</c> knows.</summary>
public static class BenchmarkCatalog
{
    // Nine tenths of a recorded call are libtorch's own bookkeeping, which both sides pay for. The first prototype of the engine
    // took 2.5 µs where PyTorch took 3.4; that ratio is held.
    private const double Recorded = 0.74;

    /// <summary>All of them, the quick ones first.</summary>
    public static IReadOnlyList<Benchmark> All { get; } =
    [
        Operator("relu", "a call of relu on four numbers", 0.6),
        Operator("relu-grad", "the same, recorded for gradients", Recorded),
        Operator("add", "a call of add on four numbers", 0.6),
        Operator("add-grad", "the same, recorded for gradients", Recorded),
        new("mlp-kd", "a KD step, 784-1200-1200-10 to 784-64-10, batch 128", 0.85, 1, new PyTorchScript("mlp_kd.py"),
            DistillationStep.Mlp),
        new("resnet-kd", "a KD step, ResNet-56 to ResNet-20, batch 128 of 28 × 28", 0.75, 1, new PyTorchScript("resnet_kd.py"),
            DistillationStep.ResNet),
        new("framework-overhead", "a step as `train` does it, taps, three terms and figures, against a loop by hand", 1.03, 1,
            new OwnLoop("hand-written", () => new HandWrittenStep()), () => new FrameworkStep()),
        new("start", "from the prompt to the end of the first training step, the quickstart's data and teacher", 1, 1,
            new TimeLimit(1), () => new StartStep()),
    ];

    /// <summary>Finds <c>benchmarks/pytorch</c> in the checkout that the program is built in, or null outside of one.</summary>
    public static string? FindScripts()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string scripts = Path.Combine(folder.FullName, "benchmarks", "pytorch");
            if (File.Exists(Path.Combine(scripts, "peer.py")))
                return scripts;
        }

        return null;
    }

    private static Benchmark Operator(string name, string description, double target) => new(
        $"op-{name}", description, target, OperatorStep.Calls, new PyTorchScript("operators.py", name),
        () => new OperatorStep(name));
}
