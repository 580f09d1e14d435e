using System.Globalization;
using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Torch.Optim;

namespace Retort.Tests.Torch;

/// <summary>Counts what the whole process holds, so nothing else may run beside it.</summary>
[Collection("default generator")]
public sealed class MemoryTests
{
    [Fact]
    public void A_thousand_training_steps_leave_nothing_behind()
    {
        using var scope = new TensorScope();
        Engine.ManualSeed(1);
        using var net = new Sequential(
            new Conv2d(1, 8, 3, padding: 1), new BatchNorm2d(8), new Relu(), new AdaptiveAvgPool2d(4), new Flatten(), new Linear(128, 10));
        using var optimizer = new Sgd(net.Parameters().Select(p => p.Value), new SgdOptions { LearningRate = 0.01, Momentum = 0.9 });
        Tensor images = Tensor.Randn(null, 16, 1, 14, 14), labels = Tensor.Arange(16).Remainder(10);
        long handles = 0, resident = 0;
        for (int step = 1; step <= 1000; step++)
        {
            using (new TensorScope())
            {
                net.ZeroGrad();
                Tensor loss = net.Call(images + 0.1).CrossEntropyLoss(labels);
                loss.Backward();
                optimizer.Step();
            }

            if (step == 100)
                (handles, resident) = Measure();
        }

        (long handlesAfter, long residentAfter) = Measure();
        Assert.InRange(handlesAfter, 1, handles);
        Assert.InRange(residentAfter, 0, resident * 1.02);
    }

    private static (long Handles, long Resident) Measure()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        string line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        string number = new([.. line.Where(char.IsAsciiDigit)]);
        return (Tensor.LiveCount, long.Parse(number, CultureInfo.InvariantCulture));
    }
}
