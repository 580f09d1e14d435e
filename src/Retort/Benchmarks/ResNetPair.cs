using Retort.Data;
using Retort.Distillation;
using Retort.Models.Vision;
using Retort.Torch;

namespace Retort.Benchmarks;

/// <summary>The networks and the one batch of the benchmarks that train a ResNet-20 beside a ResNet-56.</summary>
internal sealed class ResNetPair : IDisposable
{
    private const int Samples = 128;
    private const int Classes = 10;

    internal ResNetPair()
    {
        Engine.ManualSeed(0);
        Teacher = new Role("teacher", new CifarResNetOptions { Depth = 56, InChannels = 1 }.Build());
        Student = new Role("student", new CifarResNetOptions { Depth = 20, InChannels = 1 }.Build());
        using var random = new Generator(0);
        using var scope = new TensorScope();
        Batch = new Batch(
            Tensor.Rand(random, Samples, 1, 28, 28).Persist(),
            Tensor.From([.. Enumerable.Range(0, Samples).Select(k => (long)(k % Classes))]).Persist(),
            Tensor.Arange(Samples).Persist());
        foreach (Role role in new[] { Teacher, Student })
            role.Model.To(MemoryFormat.ChannelsLast);
    }

    internal Role Teacher { get; }

    internal Role Student { get; }

    internal Batch Batch { get; }

    public void Dispose()
    {
        Teacher.Model.Dispose();
        Student.Model.Dispose();
        Batch.Input.Dispose();
        Batch.Labels.Dispose();
        Batch.Index.Dispose();
    }
}
