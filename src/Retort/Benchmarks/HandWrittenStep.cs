using Retort.Methods.Features;
using Retort.Methods.Logits;
using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Torch.Optim;

namespace Retort.Benchmarks;

/// <summary>The arithmetic of <see cref="FrameworkStep"/> written on the engine alone: no roles, taps or figures.</summary>
internal sealed class HandWrittenStep : IBenchmarkStep
{
    private readonly ResNetPair _pair = new();
    private readonly ScriptModule _teacher;
    private readonly IDisposable _hook;
    private readonly Sgd _optimizer;
    private Tensor? _feature;

    internal HandWrittenStep()
    {
        Module teacher = _pair.Teacher.Model, student = _pair.Student.Model;
        teacher.Eval();
        teacher.SetTrainable(false);
        using (var scope = new TensorScope())
        using (GradMode off = Autograd.NoGrad())
        using (IDisposable hook = teacher.Find("layer3").OnOutput(Capture))
        {
            using ScriptModule traced = ScriptModule.Trace(
                teacher, inputs => [teacher.Call(inputs[0]), _feature!], _pair.Batch.Input);
            _teacher = traced.Freeze();
        }

        _hook = student.Find("layer3").OnOutput(Capture);
        _optimizer = new Sgd(
            [new ParameterGroup(student.Parameters())],
            new SgdOptions
            {
                LearningRate = FrameworkStep.LearningRate,
                Momentum = 0.9,
                WeightDecay = FrameworkStep.WeightDecay,
            });
    }

    /// <inheritdoc/>
    public void Run(int steps)
    {
        for (int step = 0; step < steps; step++)
        {
            using var scope = new TensorScope();
            Tensor[] targets;
            using (GradMode off = Autograd.NoGrad())
                targets = _teacher.Call(_pair.Batch.Input);
            Tensor logits = _pair.Student.Model.Call(_pair.Batch.Input);
            Tensor loss = CrossEntropy.Loss(logits, _pair.Batch.Labels)
                + KnowledgeDistillation.Loss(logits, targets[0]) * 0.9
                + AttentionTransfer.Loss(_feature!, targets[1]) * 1000;
            _optimizer.ZeroGrad();
            loss.Backward();
            _optimizer.Step();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _optimizer.Dispose();
        _hook.Dispose();
        _teacher.Dispose();
        _pair.Dispose();
    }

    private Tensor? Capture(Tensor output)
    {
        _feature = output;
        return null;
    }
}
