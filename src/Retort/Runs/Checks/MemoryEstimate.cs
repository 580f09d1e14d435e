using Retort.Data;
using Retort.Stages;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Runs.Checks;

/// <summary>What a train stage takes, by rule.</summary>
/// <remarks>
/// <para>For each network that is trained: parameters and buffers, gradients as large as the parameters, the optimiser's state,
/// and for each sample of a batch everything that its modules give, which the backward pass needs. For each teacher: its network
/// twice, since it is compiled beside itself, and for each sample twice the largest thing that a module gives. And the batch
/// itself, with its views.</para>
/// <para>Left out are projectors, workspaces of kernels and the data set: the rule is no upper bound.</para>
/// </remarks>
internal sealed record MemoryEstimate
{
    private const double TeacherCopies = 2;

    /// <summary>Samples in a batch: the recipe's, or all where there are fewer.</summary>
    public required long BatchSize { get; init; }

    /// <summary>Parameters and buffers of the networks that are trained, with the gradients.</summary>
    public required double StudentBytes { get; init; }

    /// <summary>What the optimiser remembers.</summary>
    public required double OptimizerBytes { get; init; }

    /// <summary>The teachers' networks.</summary>
    public required double TeacherBytes { get; init; }

    /// <summary>What each sample of a batch adds.</summary>
    public required double BytesPerSample { get; init; }

    /// <summary>All but the batch.</summary>
    public double FixedBytes => StudentBytes + OptimizerBytes + TeacherBytes;

    /// <summary>What the batch takes while it is in work.</summary>
    public double ActivationBytes => BytesPerSample * BatchSize;

    /// <summary>All together.</summary>
    public double TotalBytes => FixedBytes + ActivationBytes;

    /// <summary>Estimates a stage from its networks and one sample; null where a network is missing or cannot take the
    /// sample.</summary>
    public static MemoryEstimate? Of(RecipePlan plan, TrainStageOptions stage, DataProvider data)
    {
        Module?[] students = [plan.NetworkOf(stage.Role), .. stage.Peers.Select(plan.NetworkOf)];
        // Cached answers need no network.
        Module?[] teachers =
            [.. stage.Teachers.Where(t => plan.CachedBy(stage, t) is null).Select(t => plan.NetworkOf(plan.RoleOf(stage, t)))];
        if (students.Concat(teachers).Contains(null))
            return null;
        Dataset train = data.Split("train");
        using var scope = new TensorScope();
        Tensor sample = train.Gather([0]).Input;
        try
        {
            double parameters = students.Sum(s => s!.Parameters().Where(p => p.Trainable).Sum(p => BytesOf(p.Value)));
            NetworkTrial[] trials = [.. students.Select(s => NetworkTrial.Of(s!, sample))];
            NetworkTrial[] ofTeachers = [.. teachers.Select(t => NetworkTrial.Of(t!, sample))];
            double perSample = trials.Sum(t => t.ActivationBytes) + ofTeachers.Sum(t => TeacherCopies * t.LargestBytes)
                + BytesOf(sample) * (1 + data.Options.Views.Count);
            return new MemoryEstimate
            {
                BatchSize = new[]
                {
                    stage.BatchSize ?? data.Options.BatchSize, train.Count, stage.TrainSamples ?? int.MaxValue,
                }.Min(),
                StudentBytes = parameters + students.Sum(s => BytesOf(s!)) + trials.Sum(t => t.SharedBytes),
                OptimizerBytes = parameters * OptimizerState.CopiesOf(stage.Optimizer),
                TeacherBytes = TeacherCopies * (teachers.Sum(t => BytesOf(t!)) + ofTeachers.Sum(t => t.SharedBytes)),
                BytesPerSample = perSample,
            };
        }
        catch (Exception e) when (e is TorchException or ShapeException)
        {
            return null;
        }
    }

    /// <summary>The parts in words.</summary>
    public override string ToString() =>
        $"student {MachineMemory.Text(StudentBytes)}, optimizer {MachineMemory.Text(OptimizerBytes)}, "
        + $"teachers {MachineMemory.Text(TeacherBytes)}, batch {MachineMemory.Text(ActivationBytes)}";

    private static double BytesOf(Module model) =>
        model.Parameters().Sum(p => BytesOf(p.Value)) + model.NamedBuffers().Sum(b => BytesOf(b.Value.Value));

    private static double BytesOf(Tensor tensor) => (double)tensor.NumElements * tensor.DType.Size();
}
