using Retort.Distillation;
using Retort.Methods.Logits;
using Retort.Models;
using Retort.Models.Vision;
using Retort.Torch;
using Retort.Torch.Optim;

namespace Retort.Benchmarks;

/// <summary>A KD step on one fixed batch: the teacher runs each time, SGD with momentum trains the student.</summary>
internal sealed class DistillationStep : IBenchmarkStep
{
    // As in benchmarks/pytorch/peer.py.
    private const double Weight = 0.9;
    private const double Temperature = 4;
    private const int Batch = 128;
    private const int Classes = 10;

    private readonly Role _teacherRole;
    private readonly Role _student;
    private readonly FrozenTeacher _teacher;
    private readonly Sgd _optimizer;
    private readonly Tensor _images;
    private readonly Tensor _labels;

    private DistillationStep(ModelOptions teacher, ModelOptions student, params ReadOnlySpan<long> imageShape)
    {
        _teacherRole = new Role("teacher", teacher.Build());
        _student = new Role("student", student.Build());
        // As a run lays its networks out.
        _student.Model.To(MemoryFormat.ChannelsLast);
        _teacher = new FrozenTeacher(_teacherRole, []);
        _optimizer = new Sgd(
            [new ParameterGroup(_student.Model.Parameters())],
            new SgdOptions { LearningRate = 0.05, Momentum = 0.9, WeightDecay = 5e-4 });
        using var random = new Generator(0);
        using var scope = new TensorScope();
        _images = Tensor.Rand(random, [Batch, .. imageShape]).Persist();
        _labels = Tensor.From([.. Enumerable.Range(0, Batch).Select(k => (long)(k % Classes))]).Persist();
    }

    /// <summary>784-1200-1200-10 to 784-64-10.</summary>
    internal static DistillationStep Mlp() => new(
        new MlpOptions { InFeatures = 784, Hidden = [1200, 1200] }, new MlpOptions { InFeatures = 784, Hidden = [64] }, 784);

    /// <summary>ResNet-56 to ResNet-20 on 28 × 28.</summary>
    internal static DistillationStep ResNet() => new(
        new CifarResNetOptions { Depth = 56, InChannels = 1 }, new CifarResNetOptions { Depth = 20, InChannels = 1 }, 1, 28, 28);

    /// <inheritdoc/>
    public void Run(int steps)
    {
        for (int step = 0; step < steps; step++)
        {
            using var scope = new TensorScope();
            Tensor targets = _teacher.Run(_images).Output;
            Tensor logits = _student.Model.Call(_images);
            Tensor loss = KnowledgeDistillation.Loss(logits, targets, Temperature) * Weight
                + CrossEntropy.Loss(logits, _labels) * (1 - Weight);
            _optimizer.ZeroGrad();
            loss.Backward();
            _optimizer.Step();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _optimizer.Dispose();
        _teacher.Dispose();
        _teacherRole.Model.Dispose();
        _student.Model.Dispose();
        _images.Dispose();
        _labels.Dispose();
    }
}
